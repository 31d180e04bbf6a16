/** Numbers and times for people. */

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1)
  return step === 0 ? `${value} B` : `${(value / 1000 ** step).toFixed(1)} ${units[step]}`
}

export function seconds(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const whole = Math.round(ms / 1000)
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** `3 min ago`, `in 20 s`. */
export function relativeTime(iso: string, now: number): string {
  const distance = Date.parse(iso) - now
  const text = seconds(Math.abs(distance)).replace(/\.\d s$/, ' s')
  return distance < 0 ? `${text} ago` : `in ${text}`
}

/** A cell of any value: text as it is, everything else as JSON. */
export function cell(value: unknown, longest = 60): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return cut(
    text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (char) => escapes[char] ?? '·'),
    longest,
  )
}

/** Control characters of a record must not reach the terminal. */
const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
