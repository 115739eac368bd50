"""Opens the data files of a folder in yaml-language-server, as an editor does with
the folder's .vscode/settings.json, and expects findings in the spoilt ones only."""

import glob
import json
import os
import subprocess
import sys
import time

root, server = os.path.realpath(sys.argv[1]), sys.argv[2]
settings = {
    "schemas": json.load(open(root + "/.vscode/settings.json"))["yaml.schemas"],
    "validate": True,
    "schemaStore": {"enable": False},
}
spoilt = {
    "content/data/topics.yaml": ("slug: drugs,", "slug: Drugs!,"),
    "content/data/places.yaml": ("country: bn", "country: zz"),
    "content/site.yaml": ("founded: ", "founded: about "),
}

process = subprocess.Popen(["node", server, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def send(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    process.stdin.flush()


def receive():
    length = 0
    while line := process.stdout.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(process.stdout.read(length)) if length else sys.exit("the language server has ended")


texts = {}
for name in [root + "/content/site.yaml", root + "/content/redirects.yaml", *glob.glob(root + "/content/data/*.yaml")]:
    texts["file://" + name] = open(name).read()
for name, (old, new) in spoilt.items():
    text = texts["file://%s/%s" % (root, name)]
    if old not in text:
        sys.exit("%s has no %r" % (name, old))
    texts["file://%s/%s" % (root, name)] = text.replace(old, new, 1)

send(id=1, method="initialize", params={
    "processId": None, "rootUri": "file://" + root, "workspaceFolders": [{"uri": "file://" + root, "name": "site"}],
    "capabilities": {"workspace": {"configuration": True}, "textDocument": {"publishDiagnostics": {}}},
})
found, opened, end = {}, False, time.time() + 60
while time.time() < end and len(found) < len(texts):
    message = receive()
    if message.get("id") == 1 and "result" in message:
        send(method="initialized", params={})
        send(method="workspace/didChangeConfiguration", params={"settings": {"yaml": settings}})
        for uri, text in texts.items():
            send(method="textDocument/didOpen", params={"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
    elif message.get("method") == "workspace/configuration":
        send(id=message["id"], result=[settings if item.get("section") == "yaml" else None for item in message["params"]["items"]])
    elif message.get("method") == "textDocument/publishDiagnostics":
        found[message["params"]["uri"]] = message["params"]["diagnostics"]
    elif "id" in message and "method" in message:
        send(id=message["id"], result=None)
process.kill()

wrong = 0
for uri in texts:
    name = uri.removeprefix("file://%s/" % root)
    if uri not in found or bool(found[uri]) != (name in spoilt):
        print(name, "has", found.get(uri, "no answer"))
        wrong += 1
print("yaml-language-server: %d files opened, findings in the %d spoilt ones" % (len(texts), len(spoilt)))
sys.exit(wrong > 0)
