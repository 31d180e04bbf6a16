import { Fault } from '@leat/connector-kit'
import type { ReadOptions } from '../api.ts'
import { fold } from '../types/keys.ts'
import { scanRecords, type CsvRecord, type Marks } from './scan.ts'

/** How a delimited file is written. */
export interface Dialect extends Marks {
  /** Column names in the order of the file. */
  readonly names: readonly string[]
  /** Records before the data: skipped lines are counted apart. */
  readonly header: boolean
  readonly skipLines: number
  /** `\n`, `\r\n` or `\r`, as the first line ends. */
  readonly lineEnd: string
}

const candidates = [',', ';', '\t', '|']
const maximumSampleRecords = 200

/**
 * By the keys `csv.delimiter`, `csv.quote.char`, `csv.escape.char`, `csv.schema.detection`, `csv.skip.first.lines`; what they do not say,
 * by the head: the delimiter that cuts the most records into the same number (> 1) of fields; backslash as escape only where the head uses it so.
 * `csv.schema.detection` is `header` unless set (the public default); then the first record names the columns.
 */
export function dialectOf(options: ReadOptions, head: Uint8Array, extension: 'tsv' | 'psv' | null): Dialect {
  const skipLines = skipOption(options)
  const text = Buffer.from(skip(head, skipLines)).toString('latin1')
  const quote = markOption(options, 'csv.quote.char') ?? '"'
  const escape = escapeOption(options, text, quote)
  const fixed = delimiterOption(options) ?? (extension === 'tsv' ? '\t' : extension === 'psv' ? '|' : null)
  const marks = (delimiter: string): Marks => ({ delimiter, quote, escape })
  const delimiter = fixed ?? bestDelimiter(text, marks)
  const header = headerOption(options)
  const [first] = sampleRecords(text, marks(delimiter), 1)
  const cells = first?.fields.map((field) => Buffer.from(field.text, 'latin1').toString('utf8')) ?? []
  const names = header ? columnNames(cells) : cells.map((_, index) => `attribute${index + 1}`)
  return { ...marks(delimiter), names, header, skipLines, lineEnd: /\r\n|\n|\r/.exec(text)?.[0] ?? '\n' }
}

function bestDelimiter(text: string, marks: (delimiter: string) => Marks): string {
  let best = { delimiter: ',', score: 0 }
  for (const delimiter of candidates) {
    const counts = sampleRecords(text, marks(delimiter), maximumSampleRecords).map((record) => record.fields.length)
    const usual = mode(counts.filter((count) => count > 1))
    const score = usual === null ? 0 : counts.filter((count) => count === usual).length * 1000 + usual
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

/** Whole records of the head; the last may be cut. */
function sampleRecords(text: string, marks: Marks, most: number): CsvRecord[] {
  const records: CsvRecord[] = []
  for (const record of scanRecords(text, marks)) {
    if (record.end >= text.length && records.length > 0 && !text.endsWith('\n')) break
    if (!record.blank) records.push(record)
    if (records.length >= most) break
  }
  return records
}

function mode(counts: readonly number[]): number | null {
  const seen = new Map<number, number>()
  for (const count of counts) seen.set(count, (seen.get(count) ?? 0) + 1)
  return [...seen].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? null
}

/** Trimmed, a NUL in it replaced; an empty name becomes `attribute<n>`, a repeated one (case ignored, as in SQL) gets `_2`, `_3` … */
export function columnNames(cells: readonly string[]): string[] {
  const names: string[] = []
  const taken = new Set<string>()
  const wanted = cells.map((cell, index) => cell.trim().replaceAll('\0', '\uFFFD') || `attribute${index + 1}`)
  const first = new Set(wanted.map(fold))
  for (const name of wanted) {
    let free = name
    for (let number = 2; taken.has(fold(free)) || (free !== name && first.has(fold(free))); number++)
      free = `${name}_${number}`
    taken.add(fold(free))
    names.push(free)
  }
  return names
}

/** The bytes after `lines` physical lines. */
export function skip(bytes: Uint8Array, lines: number): Uint8Array {
  let at = 0
  for (let line = 0; line < lines; line++) {
    const newline = bytes.indexOf(10, at)
    if (newline < 0) return bytes.subarray(bytes.length)
    at = newline + 1
  }
  return bytes.subarray(at)
}

function skipOption(options: ReadOptions): number {
  const value = options['csv.skip.first.lines']
  if (value === undefined || value === null || value === '') return 0
  const lines = Number(value)
  if (!Number.isInteger(lines) || lines < 0)
    throw invalid('csv.skip.first.lines', value, 'it is a whole number, 0 or more')
  return lines
}

function headerOption(options: ReadOptions): boolean {
  const value = options['csv.schema.detection'] ?? ''
  if (value === '' || value === 'header') return true
  if (value === 'generated') return false
  throw invalid(
    'csv.schema.detection',
    value,
    'choose "header" (the first record names the columns) or "generated" (attribute1, attribute2 …)',
  )
}

function delimiterOption(options: ReadOptions): string | null {
  const value = options['csv.delimiter']
  if (value === undefined || value === null || value === '') return null
  const named =
    { '\\t': '\t', tab: '\t', comma: ',', semicolon: ';', pipe: '|', space: ' ' }[String(value).toLowerCase()] ??
    String(value)
  if (!/^[\x01-\x7f]$/.test(named) || /[\r\n]/.test(named))
    throw invalid('csv.delimiter', value, 'it is one ASCII character, for example "," ";" "|" or "\\t"')
  return named
}

function markOption(options: ReadOptions, key: string): string | null {
  const value = options[key]
  if (value === undefined || value === null || value === '') return null
  if (!/^[\x01-\x7f]$/.test(String(value)) || /[\r\n]/.test(String(value)))
    throw invalid(key, value, 'it is one ASCII character')
  return String(value)
}

/** An empty option means: backslashes are ordinary, quotes are doubled (RFC 4180). */
function escapeOption(options: ReadOptions, text: string, quote: string): string {
  if (options['csv.escape.char'] === '') return quote
  const given = markOption(options, 'csv.escape.char')
  if (given !== null && given !== '\\') return given
  // The public default is a backslash, but most files double their quotes, and then a backslash is a character like others.
  return text.includes(`\\${quote}`) && !text.includes(quote + quote) ? '\\' : quote
}

function invalid(field: string, value: unknown, hint: string): Fault {
  return new Fault({
    kind: 'config',
    code: 'config.invalid',
    field,
    message: `${field} is ${JSON.stringify(value)}: ${hint}.`,
  })
}
