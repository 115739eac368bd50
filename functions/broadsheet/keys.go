package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"broadsheet/functions/internal/subscriber"
)

// keyCommands are the commands about the secret keys.
func keyCommands() []command {
	simple := func(do func(*program) error) func(*flag.FlagSet) func(context.Context, *program, []string) error {
		return func(*flag.FlagSet) func(context.Context, *program, []string) error {
			return func(_ context.Context, p *program, _ []string) error {
				return do(p)
			}
		}
	}
	return []command{
		{
			name:    "keys new",
			summary: "make fresh secret keys",
			about:   "Writes fresh keys to the file KEYS (DATA_DIR/keys.json), readable by you alone; never over keys that are there. The server does so by itself at its first start. Whoever has the keys can sign a link for anybody; losing them kills every link that was mailed, so keep a copy off line.",
			json:    "one JSON object: file",
			example: "broadsheet keys new\nKEYS=keys.json broadsheet keys new",
			setup:   simple((*program).keysNew),
		},
		{
			name:    "keys list",
			summary: "list the signing keys",
			about:   "Prints the numbers and dates of the signing keys in the file KEYS, the current one first. Secrets are never printed.",
			example: "broadsheet keys list -json",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				asJSON := f.Bool("json", false, "print one JSON object a key: id, current, created, retired")
				return func(_ context.Context, p *program, _ []string) error {
					return p.keysList(*asJSON)
				}
			},
		},
		{
			name:    "keys rotate",
			summary: "sign with a new key from now on",
			about:   "Adds a new signing key to the file KEYS. Links signed with older keys go on working. Start the server anew afterwards, and put the file where a deployment finds it.",
			json:    "one JSON object: id and state of the key",
			example: "broadsheet keys rotate",
			setup:   simple((*program).keysRotate),
		},
		{
			name:    "keys retire",
			args:    "<number>",
			summary: "end an old key",
			about:   "Ends a signing key that keys list names. Confirmation, preference and block links signed with it stop working; unsubscribe links go on, as they must for years. Do so a month after a rotation, or at once if the key may be known to others. With -remove unsubscribe links stop working as well: not before two years have passed.",
			json:    "one JSON object: id and state of the key",
			example: "broadsheet keys retire 1",
			setup: func(f *flag.FlagSet) func(context.Context, *program, []string) error {
				remove := f.Bool("remove", false, "delete the key: its unsubscribe links stop working, too")
				return func(_ context.Context, p *program, args []string) error {
					if len(args) != 1 {
						return usageError("keys retire: name one key by its number, as `broadsheet keys retire 1`; `broadsheet keys list` prints them")
					}
					return p.keysRetire(args[0], *remove)
				}
			},
		},
	}
}

// keysFile refuses keys that are not a file on this machine.
func (p *program) keysFile() error {
	if p.keysAreFile() {
		return nil
	}
	return usageError(fmt.Sprintf("KEYS=%q is not a file: its name has to end in .json. To change the keys of a deployment, get them, change the file, and put it back:\n"+
		"  aws ssm get-parameter --with-decryption --name %[1]s --query Parameter.Value --output text > keys.json && chmod 600 keys.json\n"+
		"  KEYS=keys.json broadsheet keys …\n"+
		"  aws ssm put-parameter --overwrite --type SecureString --name %[1]s --value file://keys.json", p.config.Keys))
}

func (p *program) keysNew() error {
	if err := p.keysFile(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(p.config.Keys), 0o700); err != nil {
		return fmt.Errorf("KEYS=%q: its folder cannot be made: %w", p.config.Keys, err)
	}
	if _, err := p.makeKeys(); err != nil {
		return err
	}
	return p.result(struct {
		File string `json:"file"`
	}{p.config.Keys}, "keys: made %s; keep a copy off line\n", p.config.Keys)
}

func (p *program) keysList(asJSON bool) error {
	keys, err := p.ownKeys()
	if err != nil {
		return err
	}
	for _, k := range keys.Info() {
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(k); err != nil {
				return err
			}
			continue
		}
		state := "verifies old links"
		switch {
		case k.Current:
			state = "signs new links"
		case !k.Retired.IsZero():
			state = "retired " + k.Retired.Format("2006-01-02") + ", verifies unsubscribe links"
		}
		fmt.Fprintf(p.stdout, "%3d  made %s  %s\n", k.ID, k.Created.Format("2006-01-02"), state)
	}
	return nil
}

func (p *program) keysRotate() error {
	keys, err := p.ownKeys()
	if err != nil {
		return err
	}
	if err := keys.Rotate(now()); err != nil {
		return err
	}
	if err := p.writeKeys(keys); err != nil {
		return err
	}
	id := keys.Info()[0].ID
	return p.result(keyState{id, "signs"}, "keys: key %d signs from now on; older links go on working\n", id)
}

func (p *program) keysRetire(text string, remove bool) error {
	n, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return usageError(fmt.Sprintf("keys retire: %q is not the number of a key; `broadsheet keys list` prints them", text))
	}
	keys, err := p.ownKeys()
	if err != nil {
		return err
	}
	done := "retired; its unsubscribe links go on working"
	if remove {
		err, done = keys.Remove(byte(n)), "removed; none of its links works any more"
	} else {
		err = keys.Retire(byte(n), now())
	}
	if err != nil {
		return fmt.Errorf("%w; `broadsheet keys list` prints the keys", err)
	}
	if err := p.writeKeys(keys); err != nil {
		return err
	}
	state, _, _ := strings.Cut(done, ";")
	return p.result(keyState{byte(n), state}, "keys: key %d is %s\n", n, done)
}

// keyState is what became of a key, as -json prints it.
type keyState struct {
	ID    byte   `json:"id"`
	State string `json:"state"`
}

// ownKeys reads the keys of the file that KEYS names, which must exist.
func (p *program) ownKeys() (*subscriber.Keys, error) {
	if err := p.keysFile(); err != nil {
		return nil, err
	}
	keys, err := p.readKeys()
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("KEYS=%q is missing; make keys with `broadsheet keys new`, or put them back from a backup", p.config.Keys)
	}
	return keys, err
}

// readKeys reads the file of keys. Its error is os.ErrNotExist if there is none.
func (p *program) readKeys() (*subscriber.Keys, error) {
	info, err := os.Stat(p.config.Keys)
	if err != nil {
		return nil, fmt.Errorf("KEYS=%q: %w", p.config.Keys, err)
	}
	b, err := os.ReadFile(p.config.Keys)
	if err != nil {
		return nil, fmt.Errorf("KEYS=%q: %w; make it readable for this user", p.config.Keys, err)
	}
	keys, err := subscriber.ParseKeys(b)
	if err != nil {
		return nil, fmt.Errorf("KEYS=%q: %w; put the file back from a backup: without it every link that was mailed is dead", p.config.Keys, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("KEYS=%q can be read by others on this machine; take their rights away: chmod 600 %s", p.config.Keys, p.config.Keys)
	}
	return keys, nil
}

// makeKeys makes the keys of a new site. Of two programs that start at once one
// makes them and the other reads them whole.
func (p *program) makeKeys() (*subscriber.Keys, error) {
	part, err := writePart(p.config.Keys, subscriber.NewKeys(now()))
	if err != nil {
		return nil, fmt.Errorf("KEYS=%q cannot be written: %w", p.config.Keys, err)
	}
	defer os.Remove(part)
	switch err := os.Link(part, p.config.Keys); {
	case errors.Is(err, os.ErrExist):
		return nil, fmt.Errorf("KEYS=%q exists already; `broadsheet keys rotate` adds a key to it", p.config.Keys)
	case err != nil:
		return nil, fmt.Errorf("KEYS=%q cannot be written: %w", p.config.Keys, err)
	}
	return p.readKeys()
}

// writeKeys replaces the file of keys in one step.
func (p *program) writeKeys(keys *subscriber.Keys) error {
	part, err := writePart(p.config.Keys, keys)
	if err == nil {
		err = os.Rename(part, p.config.Keys)
	}
	if err != nil {
		return fmt.Errorf("KEYS=%q cannot be written: %w", p.config.Keys, err)
	}
	return nil
}

// writePart writes keys to a new file beside name, mode 0600, and sees that they
// are on the disk.
func writePart(name string, keys *subscriber.Keys) (part string, err error) {
	b, err := keys.Marshal()
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".keys-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
