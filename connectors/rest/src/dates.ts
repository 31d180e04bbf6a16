const units = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'] as const
const months = 'January February March April May June July August September October November December'.split(' ')
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** A moment, moved by so many units (`yyyy`, `MM`, `dd`, `HH`, `mm`, `ss`) of UTC. The day after a moved month is at most its last. */
export function shiftDate(date: Date, amount: number, unit: string): Date {
  const parts = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ]
  const index = units.findIndex((one) => one === unit)
  const at = index < 0 ? 2 : index
  parts[at] = (parts[at] ?? 0) + amount
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = parts
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return new Date(
    Date.UTC(year, month, at <= 1 ? Math.min(day, last) : day, hour, minute, second, date.getUTCMilliseconds()),
  )
}

/** A moment in UTC as `date.format` wants it: letters of Java's date patterns, quoted text, `ssss` for epoch seconds. Default ISO 8601. */
export function formatDate(date: Date, pattern = "yyyy-MM-dd'T'HH:mm:ss'Z'"): string {
  return pattern.replaceAll(/'([^']*)'|([A-Za-z])\2*/g, (run: string, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted
    return field(date, run)
  })
}

function field(date: Date, run: string): string {
  const padded = (value: number): string => String(value).padStart(run.length, '0')
  const hour = date.getUTCHours()
  switch (run[0]) {
    case 'y':
    case 'Y':
      return run.length === 2 ? String(date.getUTCFullYear() % 100).padStart(2, '0') : padded(date.getUTCFullYear())
    case 'M':
      if (run.length >= 4) return months[date.getUTCMonth()] ?? ''
      return run.length === 3 ? (months[date.getUTCMonth()] ?? '').slice(0, 3) : padded(date.getUTCMonth() + 1)
    case 'd':
      return padded(date.getUTCDate())
    case 'D':
      return padded(Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 0)) / 86_400_000))
    case 'H':
      return padded(hour)
    case 'h':
      return padded(hour % 12 === 0 ? 12 : hour % 12)
    case 'm':
      return padded(date.getUTCMinutes())
    case 's':
      return run.length >= 4 ? String(Math.floor(date.getTime() / 1000)) : padded(date.getUTCSeconds())
    case 'S':
      return padded(date.getUTCMilliseconds())
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'e':
    case 'E':
      return run.length >= 4 ? (weekdays[date.getUTCDay()] ?? '') : (weekdays[date.getUTCDay()] ?? '').slice(0, 3)
    default:
      return run
  }
}
