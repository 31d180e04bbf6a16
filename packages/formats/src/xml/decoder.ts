import { Fault } from '@leat/connector-kit'
import type { Decoder, Detected, ReadOptions } from '../api.ts'
import { jsonDecoder } from '../json/decoder.ts'
import { textEncoding } from '../text-encoding.ts'
import { parseXmlPath } from './path.ts'
import { xmlRecords } from './records.ts'

/** Decoder of XML: the elements of `xml.xpath` (default: the children of the root) become JSON lines, which JSON's decoder reads. */
export function xmlDecoder(detected: Detected, options: ReadOptions, head: Uint8Array): Decoder {
  const mode = options['xml.mode'] ?? 'entire.file'
  if (mode !== 'entire.file')
    throw new Fault({
      kind: 'unsupported',
      code: 'format.unsupported',
      field: 'xml.mode',
      message: `xml.mode is ${JSON.stringify(mode)}: only entire.file, one document per file, is read by this version.`,
    })
  const coerce = options['scalar.coercion'] !== false && options['scalar.coercion'] !== 'false'
  const encoding = textEncoding(withDeclared(options, head), head)
  const path = parseXmlPath(textOf(options, 'xml.xpath') ?? '/*/*', 'xml.xpath')
  const additional = (textOf(options, 'xml.xpath.additional') ?? '')
    .split(/[,|]/)
    .filter((one) => one.trim() !== '')
    .map((one) => parseXmlPath(one, 'xml.xpath.additional'))
  const lines = jsonDecoder({ ...detected, format: 'json' }, { ...options, ...asLines }, Buffer.alloc(0))
  return {
    ...lines,
    detected,
    groupKey: JSON.stringify(['xml', coerce, path.text, additional.map(({ text }) => text)]),
    identity: false,
    normalise: (bytes) => xmlRecords(encoding.decode(bytes), { path, additional, coerce }),
  }
}

/** JSON's own keys do not concern the lines. */
const asLines = { 'json.mode': 'row', 'json.path': null, 'json.path.additional': null, encoding: null } as const

/** `encoding="ISO-8859-1"` in the declaration counts unless the config says something. */
function withDeclared(options: ReadOptions, head: Uint8Array): ReadOptions {
  const declared = /^\s*<\?xml[^>]*encoding\s*=\s*["']([\w-]+)["']/.exec(
    Buffer.from(head.subarray(0, 200)).toString('latin1'),
  )?.[1]
  if (options['encoding'] !== undefined || declared === undefined) return options
  const known = /^(iso-?8859-1|latin-?1|windows-1252|cp1252)$/i.test(declared)
  return known ? { ...options, encoding: 'latin1' } : options
}

function textOf(options: ReadOptions, key: string): string | undefined {
  const value = options[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}
