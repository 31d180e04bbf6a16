import { isUtf8 } from 'node:buffer'
import { maximumRecordBytes } from '../limits.ts'
import type { SlowRecord } from '../slow/isolate.ts'
import { JsonSyntaxError, ObjectNode, parseJson } from './parse.ts'

/** Records of normalised JSON text: one per line, blank lines are none. */
export function* lineRecords(block: Uint8Array): Generator<SlowRecord> {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length)
  const valid = isUtf8(bytes)
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start)
    const end = newline < 0 ? bytes.length : newline
    if (!isBlank(bytes, start, end)) yield readLine(bytes, start, end, valid)
    start = end + 1
  }
}

function readLine(bytes: Buffer, start: number, end: number, valid: boolean): SlowRecord {
  const refused = (code: string, reason: string): SlowRecord => ({ start, end, refusal: { code, reason } })
  if (end - start > maximumRecordBytes)
    return refused('record.too_long', `the record has ${end - start} bytes; at most ${maximumRecordBytes} are read`)
  if (!valid && !isUtf8(bytes.subarray(start, end))) return refused('utf8.invalid', 'the record is not valid UTF-8')
  const source = bytes.toString('utf8', start, end)
  try {
    const node = parseJson(source)
    if (node instanceof ObjectNode) return { start, end, node, source }
    return refused('json.not_an_object', `a JSON object is expected, found ${source.trim().slice(0, 60)}`)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    const around = source.slice(Math.max(0, error.at - 20), error.at + 20)
    return refused('json.malformed', `${error.message} at character ${error.at + 1}, near ${JSON.stringify(around)}`)
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}

/** Number of lines that are not blank. */
export function countLines(text: Uint8Array): number {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length)
  let count = 0
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start)
    const end = newline < 0 ? bytes.length : newline
    const first = bytes[start]
    // Almost every line starts with its brace.
    if (end > start && ((first !== undefined && first > 0x20) || !isBlank(bytes, start, end))) count++
    start = end + 1
  }
  return count
}

/** Index just after the last newline, or -1. */
export function lastNewline(text: Uint8Array): number {
  const at = text.lastIndexOf(10)
  return at < 0 ? -1 : at + 1
}
