import { isUtf8 } from 'node:buffer'
import { Fault } from '@leat/connector-kit'
import type { ReadOptions } from '../api.ts'
import { textEncoding, type TextEncoding } from '../text-encoding.ts'
import { parseJsonPath, parseJsonPaths, type JsonPath } from './path.ts'
import { ObjectNode, parseJson } from './parse.ts'

/**
 * How a JSON file holds its records. lines: one per line. split: a top-level array, pretty-printed or concatenated
 * documents, found by a streaming splitter. path: the records that a JSONPath finds in one document.
 */
export type JsonLayout = { readonly encoding: TextEncoding } & (
  | { readonly kind: 'lines'; readonly skip: number }
  | { readonly kind: 'split' }
  | { readonly kind: 'path'; readonly path: JsonPath; readonly additional: readonly JsonPath[] }
)

const modes = ['row', 'entire.file']

/** Decides by `json.mode`, `json.path` and the first bytes. Throws `config` faults that name the key. */
export function jsonLayout(options: ReadOptions, head: Uint8Array): JsonLayout {
  const mode = options['json.mode'] ?? null
  if (mode !== null && mode !== '' && !modes.includes(String(mode)))
    throw wrong('json.mode', mode, `choose one of ${modes.join(', ')}`)
  const path = textOption(options, 'json.path')
  const additional = textOption(options, 'json.path.additional')
  if (additional !== null && path === null)
    throw wrong('json.path.additional', additional, 'it needs json.path as well')
  const encoding = textEncoding(options, head)
  if (path !== null && mode !== 'row')
    return {
      kind: 'path',
      encoding,
      path: parseJsonPath(path),
      additional: additional === null ? [] : parseJsonPaths(additional),
    }
  if (path !== null) throw wrong('json.path', path, 'it needs json.mode "entire.file"')
  if (mode === 'row' || (mode !== 'entire.file' && looksLikeLines(encoding.decodeHead(head))))
    return { kind: 'lines', encoding, skip: encoding.skip }
  return { kind: 'split', encoding }
}

/**
 * Lines when no line of the head spoils it more often than not: half of the first 20 full lines are whole objects. One broken line
 * must not turn lines into a document, nor may `{}` inside of a pretty-printed document turn it into lines.
 */
function looksLikeLines(head: Uint8Array): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length)
  const first = bytes.findIndex((byte) => byte > 0x20)
  if (first < 0) return true
  if (bytes[first] === 0x5b) return false
  let objects = 0
  let lines = 0
  for (let start = first; start < bytes.length && lines < 20;) {
    const newline = bytes.indexOf(10, start)
    const end = newline < 0 ? bytes.length : newline
    const line = bytes.subarray(start, end)
    start = end + 1
    if (line.every((byte) => byte <= 0x20)) continue
    // A head that ends inside of its only line says nothing against lines.
    if (newline < 0 && lines === 0) return isObject(line) || !isConcatenated(line)
    if (newline < 0 && !isObject(line)) break
    lines++
    if (isObject(line)) objects++
  }
  return objects * 2 >= lines
}

function isObject(line: Uint8Array): boolean {
  if (line[0] !== 0x7b || !isUtf8(line)) return false
  try {
    return parseJson(Buffer.from(line).toString('utf8')) instanceof ObjectNode
  } catch {
    return false
  }
}

/** `{"a":1}{"a":2}` on one line: another document begins where the first one ends. */
function isConcatenated(line: Buffer): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < line.length; at++) {
    const byte = line[at]
    if (inString) {
      if (byte === 0x5c) at++
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if ((byte === 0x7d || byte === 0x5d) && --depth <= 0)
      return /^\s*\{/.test(line.toString('latin1', at + 1, at + 1000))
  }
  return false
}

function textOption(options: ReadOptions, key: string): string | null {
  const value = options[key]
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string') throw wrong(key, value, 'it is a text')
  return value
}

function wrong(key: string, value: unknown, hint: string): Fault {
  return new Fault({
    kind: 'config',
    code: 'config.invalid',
    field: key,
    message: `${key} is ${JSON.stringify(value)}: ${hint}.`,
  })
}
