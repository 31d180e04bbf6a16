/**
 * Date macros in the path of a source: {YYYY} or {yyyy}, {MM}, {dd} or {DD}, {HH}, {mm}, in the given time zone (UTC unless
 * given). A name in braces that is no macro stays as it is: it may be part of a folder's name.
 */
export function expandPathMacros(path: string, now: Date, timeZone = 'UTC'): string {
  if (!path.includes('{')) return path
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now)
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((candidate) => candidate.type === type)?.value ?? ''
  const macros: Record<string, string> = {
    YYYY: part('year').padStart(4, '0'),
    MM: part('month'),
    dd: part('day'),
    HH: part('hour'),
    mm: part('minute'),
  }
  macros['yyyy'] = macros['YYYY'] ?? ''
  macros['DD'] = macros['dd'] ?? ''
  return path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => macros[name] ?? whole)
}
