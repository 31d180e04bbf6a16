import { Fault } from '@leat/connector-kit'
import { nearest } from './nearest.ts'
import { quoteIdent, quoteLiteral } from './sql.ts'

/** Date macros of `output.dir.name.pattern`, all UTC. `MM` is the month and `mm` the minute; the others may be written in either case. */
const dateMacros: Readonly<Record<string, (date: Date) => string>> = {
  YYYY: (date) => String(date.getUTCFullYear()).padStart(4, '0'),
  YY: (date) => String(date.getUTCFullYear() % 100).padStart(2, '0'),
  MM: (date) => padded(date.getUTCMonth() + 1),
  DD: (date) => padded(date.getUTCDate()),
  DDD: (date) => String(dayOfYear(date)).padStart(3, '0'),
  HH: (date) => padded(date.getUTCHours()),
  mm: (date) => padded(date.getUTCMinutes()),
  SS: (date) => padded(date.getUTCSeconds()),
}
const known = ['YYYY', 'MM', 'dd', 'HH', 'mm', 'ss', 'record.<attribute>']

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'date'; readonly macro: string }
  | { readonly kind: 'record'; readonly path: readonly string[] }

/**
 * A folder for the files of one delivery: `expandPattern('{YYYY}/{MM}/{dd}', date)` -> `2026/01/31`. `{record.<attr>}` takes its value from
 * `record` (`{record.customer.city}` reaches into nested values); values lose everything that could leave the folder.
 * Throws `config.invalid` for an unknown macro, `..` or an absolute path.
 */
export function expandPattern(pattern: string, date: Date, record: Readonly<Record<string, unknown>> = {}): string {
  return parsePattern(pattern)
    .map((piece) => {
      if (piece.kind === 'text') return piece.text
      if (piece.kind === 'date') return dateMacros[piece.macro]?.(date) ?? ''
      return folderName(
        piece.path.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), record),
      )
    })
    .join('')
}

/** True when the folder differs from record to record. */
export function patternUsesRecord(pattern: string): boolean {
  return parsePattern(pattern).some((piece) => piece.kind === 'record')
}

/** SQL text for the folder of a row: as `expandPattern`, with the columns of the row as record. */
export function folderExpressionOf(pattern: string, date: Date): string {
  const pieces = parsePattern(pattern).map((piece) => {
    if (piece.kind === 'text') return quoteLiteral(piece.text)
    if (piece.kind === 'date') return quoteLiteral(dateMacros[piece.macro]?.(date) ?? '')
    return folderNameSql(`CAST(${piece.path.map(quoteIdent).join('.')} AS VARCHAR)`)
  })
  return pieces.length === 0 ? `''` : pieces.join(' || ')
}

const absent = '__null__'
const longest = 100

/** A value as the name of one folder: no separators, control or reserved characters, no leading dot, at most 100 characters. */
function folderName(value: unknown): string {
  if (value === null || value === undefined || value === '') return absent
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return [...text.replace(/[\p{Cc}/\\:*?"<>|{}]/gu, '_')]
    .slice(0, longest)
    .join('')
    .replace(/^\.+/, (dots) => '_'.repeat(dots.length))
}

function folderNameSql(value: string): string {
  const cleaned = `substr(regexp_replace(${value}, ${quoteLiteral('[\\p{Cc}/\\\\:*?"<>|{}]')}, '_', 'g'), 1, ${longest})`
  const dots = `(strlen(${cleaned}) - strlen(ltrim(${cleaned}, '.')))::INTEGER`
  return `CASE WHEN coalesce(${value}, '') = '' THEN ${quoteLiteral(absent)} ELSE repeat('_', ${dots}) || ltrim(${cleaned}, '.') END`
}

function parsePattern(pattern: string): Piece[] {
  const pieces: Piece[] = []
  const trimmed = pattern.trim().replace(/^\/+|\/+$/g, '')
  for (const match of trimmed.matchAll(/\{([^{}]*)\}|([^{}]+)|([{}])/g)) {
    if (match[3] !== undefined) throw invalid(pattern, 'a brace is not closed')
    if (match[2] !== undefined) pieces.push({ kind: 'text', text: match[2] })
    else pieces.push(macro(pattern, match[1] ?? ''))
  }
  const shape = pieces.map((piece) => (piece.kind === 'text' ? piece.text : 'x')).join('')
  if (shape.split(/[/\\]/).some((part) => part === '..' || part === '.'))
    throw invalid(pattern, 'a folder may not be "." or ".."')
  if (/[\p{Cc}\\]/u.test(shape)) throw invalid(pattern, 'folders are separated by "/", without control characters')
  return pieces
}

function macro(pattern: string, name: string): Piece {
  if (name.startsWith('record.') && name.length > 7) return { kind: 'record', path: name.slice(7).split('.') }
  const exact = name === 'MM' || name === 'mm' ? name : name.toUpperCase()
  if (exact in dateMacros) return { kind: 'date', macro: exact }
  const close = nearest(name, known)
  throw invalid(pattern, `{${name}} is no macro${close ? `; did you mean {${close}}?` : ''}`)
}

function invalid(pattern: string, why: string): Fault {
  return new Fault({
    kind: 'config',
    code: 'config.invalid',
    field: 'output.dir.name.pattern',
    message: `output.dir.name.pattern is ${JSON.stringify(pattern)}: ${why}. Macros: ${known.map((name) => `{${name}}`).join(' ')}.`,
  })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function padded(value: number): string {
  return String(value).padStart(2, '0')
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
}
