import { Fault, type JsonObject } from '@leat/connector-kit'
import type { EncodePlan } from './api.ts'
import { nearest } from './nearest.ts'
import { quoteLiteral } from './sql.ts'

export const outputFormats = ['json', 'csv', 'tsv', 'parquet'] as const

const encodings: Readonly<Record<string, EncodePlan['encoding']>> = {
  json: 'ndjson',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  delimited: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
}
const later: ReadonlySet<string> = new Set(['xml', 'xlsx', 'excel', 'edi', 'avro', 'orc', 'fw', 'fixed_width', 'delta'])
const parquetCompressions = ['snappy', 'zstd', 'gzip', 'none']
const textCompressions = ['none', 'gzip', 'zstd']
const endings: Readonly<Record<string, string>> = { gzip: '.gz', zstd: '.zst', none: '' }

/**
 * How a sink's files are written: `data_format` (default json), `file_compression`, `write.header`, `csv.delimiter`, `csv.quote.char`,
 * `csv.escape.char`, `mapping.header_template`. Throws `config` faults that name the key, the value and the choices.
 */
export function planEncoding(options: JsonObject): EncodePlan {
  const format = text(options, 'data_format') ?? text(options, 'file_format') ?? 'json'
  const encoding = encodings[format.toLowerCase()]
  if (!encoding) throw unknownFormat('data_format' in options ? 'data_format' : 'file_format', format)
  const compression = compressionOf(options, encoding)
  const header = headerTemplate(options, encoding)
  if (encoding === 'parquet')
    return {
      encoding,
      extension: 'parquet',
      copyOptions: `(FORMAT parquet, COMPRESSION ${compression === 'none' ? 'uncompressed' : compression})`,
      passThrough: compression === 'snappy',
    }
  const extension = `${encoding === 'ndjson' ? 'json' : encoding}${endings[compression] ?? ''}`
  const copyOptions = `(${[...(encoding === 'ndjson' ? ['FORMAT json', 'ARRAY false'] : csvOptions(options, encoding)), `COMPRESSION ${compression}`].join(', ')})`
  return { encoding, extension, copyOptions, passThrough: false, ...(header === null ? {} : { header }) }
}

/** Lines that stand at the beginning of each delimited file, in the place of the column names. */
function headerTemplate(options: JsonObject, encoding: EncodePlan['encoding']): string | null {
  const template = (options['mapping'] as JsonObject | undefined)?.['header_template']
  if (typeof template !== 'string' || template === '') return null
  if (encoding === 'csv' || encoding === 'tsv') return template
  const format = encoding === 'ndjson' ? 'json' : encoding
  throw invalid(
    'mapping.header_template',
    template,
    `${format} files have no header; leave it out, or choose csv or tsv`,
  )
}

/** NULL is an empty field, an empty text is `""`: readers can tell them apart. */
function csvOptions(options: JsonObject, encoding: 'csv' | 'tsv'): string[] {
  const quote = character(options, 'csv.quote.char', '"')
  const delimiter = delimiterOf(options, encoding)
  if (quote === delimiter) throw invalid('csv.quote.char', quote, 'it is also the delimiter; choose another character')
  const header =
    headerTemplate(options, encoding) === null &&
    options['write.header'] !== false &&
    options['write.header'] !== 'false'
  return [
    'FORMAT csv',
    `HEADER ${header}`,
    `DELIMITER ${quoteLiteral(delimiter)}`,
    `QUOTE ${quoteLiteral(quote)}`,
    `ESCAPE ${quoteLiteral(character(options, 'csv.escape.char', quote))}`,
    `NULLSTR ''`,
  ]
}

function delimiterOf(options: JsonObject, encoding: 'csv' | 'tsv'): string {
  if (encoding === 'tsv') return '\t'
  const given = text(options, 'csv.delimiter') ?? ','
  const delimiter = given === '\\t' || given.toLowerCase() === 'tab' ? '\t' : given
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    throw invalid('csv.delimiter', given, 'it is one character, for example "," ";" "|" or "\\t"')
  return delimiter
}

function character(options: JsonObject, key: string, otherwise: string): string {
  const given = text(options, key) ?? otherwise
  if (given.length !== 1 || /[\r\n]/.test(given)) throw invalid(key, given, 'it is one character')
  return given
}

function compressionOf(options: JsonObject, encoding: EncodePlan['encoding']): string {
  const given = text(options, 'file_compression')
  const choices = encoding === 'parquet' ? parquetCompressions : textCompressions
  const wanted = (given ?? choices[0] ?? 'none').toLowerCase()
  const name = { gz: 'gzip', zst: 'zstd', uncompressed: 'none' }[wanted] ?? wanted
  if (choices.includes(name)) return name
  const close = nearest(name, choices)
  throw invalid(
    'file_compression',
    given,
    `${encoding === 'ndjson' ? 'json' : encoding} files can be written with ${choices.join(', ')}${close ? `; did you mean ${JSON.stringify(close)}?` : ''}`,
  )
}

function unknownFormat(field: string, format: string): Fault {
  const close = nearest(format, outputFormats)
  if (later.has(format.toLowerCase()))
    return new Fault({
      kind: 'unsupported',
      code: 'format.unsupported',
      field,
      message: `${field} is ${JSON.stringify(format)}, which this version does not write. Choose one of ${outputFormats.join(', ')}.`,
    })
  return invalid(
    field,
    format,
    `choose one of ${outputFormats.join(', ')}${close ? `; did you mean ${JSON.stringify(close)}?` : ''}`,
  )
}

function text(options: JsonObject, key: string): string | null {
  const value = options[key]
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string') throw invalid(key, value, 'it is a text')
  return value
}

function invalid(field: string, value: unknown, hint: string): Fault {
  return new Fault({
    kind: 'config',
    code: 'config.invalid',
    field,
    message: `${field} is ${JSON.stringify(value)}: ${hint}.`,
  })
}
