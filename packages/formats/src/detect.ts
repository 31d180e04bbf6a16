import { Fault } from '@leat/connector-kit'
import type { Compression, Detected, ReadOptions } from './api.ts'
import { nearest } from './nearest.ts'

type Format = Detected['format']

/** Input formats by extension. `txt` and `log` hold delimited text or JSON: content decides. */
const formats: Readonly<Record<string, Format>> = {
  json: 'json',
  ndjson: 'json',
  jsonl: 'json',
  jsonlines: 'json',
  geojson: 'json',
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  psv: 'csv',
  delimited: 'csv',
  parquet: 'parquet',
  parq: 'parquet',
  pq: 'parquet',
  xml: 'xml',
}
const compressions: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  gzip: 'gzip',
  zst: 'zstd',
  zstd: 'zstd',
  sz: 'snappy',
  snappy: 'snappy',
  bz2: 'bzip2',
  bzip2: 'bzip2',
}
/** Names of parsers (`file_format`, `advanced_settings`, `overriden.extensions`). */
const parsers: Readonly<Record<string, Format | null>> = {
  ...formats,
  delimited: 'csv',
  'custom text format': 'csv',
  json_lines: 'json',
  txt: 'csv',
  text: 'csv',
  'auto detect': null,
  auto: null,
  '': null,
}
/** Formats of the public API that this version does not read. */
const unsupported: ReadonlySet<string> = new Set([
  'edi',
  'x12',
  'edifact',
  'log',
  'log file',
  'orc',
  'avro',
  'xls',
  'xlsx',
  'excel',
  'fw',
  'fixed width',
  'fixed_width',
  'pdf',
  'unstructured',
  'swift',
  'raw file data',
  'raw',
  'doc',
  'docx',
  'html',
])
export const inputFormats = ['json', 'csv', 'tsv', 'parquet', 'xml'] as const

/**
 * Format and compression of an object: by option, then by extension (`orders.json.gz`), then by content. `head` is its first bytes as stored,
 * compressed or not: a few KB are enough. Magic bytes win over the extension for compression (a `.json` that is gzip is read).
 * Throws `unsupported` for other formats, `config` for an unknown name.
 */
export function detect(name: string, head: Uint8Array, options: ReadOptions): Detected {
  const detected = detectFormat(name, head, options)
  const extension = extensionsOf(name).find((part) => !(part in compressions))
  const named =
    String(options.file_format ?? '').toLowerCase() === 'tsv' || extension === 'tsv' || extension === 'tab'
      ? 'tsv'
      : extension === 'psv'
        ? 'psv'
        : null
  return detected.format === 'csv' && named ? { ...detected, delimited: named } : detected
}

function detectFormat(name: string, head: Uint8Array, options: ReadOptions): Detected {
  const archive = isZip(head) ? 'zip' : 'none'
  const compression = archive === 'zip' ? 'none' : (magicCompression(head) ?? extensionCompression(name, head))
  const chosen = chosenFormat(name, options)
  if (chosen) return { format: chosen, compression, archive }
  const extensions = extensionsOf(name).filter((extension) => !(extension in compressions) && extension !== 'zip')
  const extension = extensions[0] ?? ''
  const byName = formats[extension]
  const readable = compression === 'none' && archive === 'none'
  // A Parquet name over other content is broken, and says so when it is opened.
  if (byName) return { format: byName, compression, archive }
  const content = readable ? contentFormat(head) : null
  if (content && !(unsupported.has(extension) && content === 'csv')) return { format: content, compression, archive }
  if (unsupported.has(extension)) throw notSupported(extension, name)
  return content ? { format: content, compression, archive } : { format: 'csv', compression, archive, guessed: true }
}

/** The format of decompressed content that nothing else told; delimited text when it is text at all. */
export function formatOfContent(head: Uint8Array): Format {
  return contentFormat(head) ?? 'csv'
}

/** The formats that an object can have under these options, whatever its name. Throws as `detect` does for those that are not read. */
export function formatsOf(options: ReadOptions): readonly Format[] {
  const chosen = namedFormat(options)
  if (chosen) return [chosen]
  const overrides = overridesOf(options)
  const forced = overrides.map(({ format }) => formatNamed('overriden.extensions', format))
  const open = overrides.some(({ extension }) => extension === anyExtension) ? [] : openFormats
  return [...new Set([...forced.filter((format) => format !== null), ...open])]
}

/** What content can be detected as, and has options. */
const openFormats = ['json', 'csv', 'xml'] as const

function chosenFormat(name: string, options: ReadOptions): Format | null {
  return namedFormat(options) ?? overridden(name, overridesOf(options))
}

/** By the keys that hold for all objects. */
function namedFormat(options: ReadOptions): Format | null {
  for (const key of ['file_format', 'data_format', 'advanced_settings'] as const) {
    const value = options[key]
    if (value === undefined || value === null || value === '') continue
    const format = formatNamed(key, String(value))
    if (format) return format
  }
  return null
}

function formatNamed(key: string, value: string): Format | null {
  const wanted = value.toLowerCase().trim()
  if (wanted in parsers) return parsers[wanted] ?? null
  if (unsupported.has(wanted)) throw notSupported(wanted, null, key)
  const close = nearest(wanted, [...inputFormats, 'auto detect'])
  throw new Fault({
    kind: 'config',
    code: 'config.invalid',
    field: key,
    message: `${key} is ${JSON.stringify(value)}, which is no format. ${close ? `Did you mean ${JSON.stringify(close)}? ` : ''}Choose one of ${inputFormats.join(', ')}.`,
  })
}

interface Override {
  /** Without its dot, or `anyExtension`. */
  readonly extension: string
  readonly format: string
}

const anyExtension = '*'

/** `overriden.extensions`: `*:json` or `log:json,dat:csv`, extension of the file -> parser. */
function overridesOf(options: ReadOptions): readonly Override[] {
  const list = options['overriden.extensions']
  if (typeof list !== 'string' || list === '') return []
  return list.split(',').map((pair) => {
    const [from = '', format = ''] = pair.split(':').map((part) => part.trim().toLowerCase())
    return { extension: from === '*.*' ? anyExtension : from.replace(/^\*?\./, ''), format }
  })
}

function overridden(name: string, overrides: readonly Override[]): Format | null {
  const extensions = new Set([...extensionsOf(name), anyExtension])
  const found = overrides.find(({ extension }) => extensions.has(extension))
  return found === undefined ? null : formatNamed('overriden.extensions', found.format)
}

function notSupported(format: string, name: string | null, field?: string): Fault {
  return new Fault({
    kind: 'unsupported',
    code: 'format.unsupported',
    ...(field === undefined ? {} : { field }),
    message: `The format ${JSON.stringify(format)}${name === null ? '' : ` of ${JSON.stringify(name)}`} is not read by this version. Available: ${inputFormats.join(', ')} (plain, gzip, zstd, snappy, bzip2, or in a zip archive). Convert the files, or name the real format with file_format.`,
  })
}

/** `a/b.JSON.gz` -> ['gz', 'json']. */
function extensionsOf(name: string): string[] {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  return base
    .split('.')
    .slice(1)
    .toReversed()
    .map((part) => part.toLowerCase().trim())
}

function extensionCompression(name: string, head: Uint8Array): Compression {
  const compression = compressions[extensionsOf(name)[0] ?? ''] ?? 'none'
  // An empty object, or a `.gz` that was decompressed on its way (HTTP transcoding).
  return compression !== 'none' && (head.length === 0 || contentFormat(head) === 'json' || looksLikeText(head))
    ? 'none'
    : compression
}

function magicCompression(head: Uint8Array): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd'
  // Skippable zstd frame.
  if (((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return 'zstd'
  if (startsWith(head, '\xff\x06\x00\x00sNaPpY')) return 'snappy'
  return /^BZh[1-9](1AY&SY|\x17rE8P\x90)/.test(latin1(head, 10)) ? 'bzip2' : null
}

function isZip(head: Uint8Array): boolean {
  return startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06') || startsWith(head, 'PK\x07\x08')
}

function contentFormat(head: Uint8Array): Format | null {
  if (startsWith(head, 'PAR1')) return 'parquet'
  const text = latin1(head, 4096)
    .replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replaceAll('\0', '')
    .trimStart()
  if (/^(\{\s*("|\}|$)|\[\s*([{[\]"]|$))/.test(text)) return 'json'
  if (/^<(\?xml|(?!!doctype html|html)[a-z_!])/i.test(text)) return 'xml'
  return text !== '' && looksLikeText(head) ? 'csv' : null
}

/** No control bytes but white space in the first 512 bytes, or UTF-16 by its mark. */
function looksLikeText(head: Uint8Array): boolean {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true
  // oxlint-disable-next-line no-control-regex
  return !/[\x00-\x08\x0e-\x1f]/.test(latin1(head, 512))
}

function startsWith(head: Uint8Array, text: string): boolean {
  return latin1(head, text.length) === text
}

function latin1(head: Uint8Array, length: number): string {
  return Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, length)).toString('latin1')
}
