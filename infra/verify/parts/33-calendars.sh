# Calendars and figures, read by programs that we did not write.

calendar_tools() {
  [ -d "$tools/calendars/lib/"*/site-packages/icalendar ] && return 0
  command -v python3 >/dev/null && python3 -m venv "$tools/calendars" || return 77
  three_times "$tools/calendars/bin/pip" install --quiet icalendar==7.3.2
}

calendars() {
  calendar_tools || return
  local base server status
  serve 8496 || return
  "$tools/calendars/bin/python" infra/verify/calendars.py "$base"
  status=$?
  unserve
  return $status
}

part "calendars: every .ics by the Python module icalendar, figures by csv and json" calendars
