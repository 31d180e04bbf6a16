import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Short and stable: tells a record again on a page that was fetched once more. */
export function recordKey(record: unknown): string {
  const text =
    typeof record === 'object' && record !== null && 'nodeType' in record ? String(record) : JSON.stringify(record)
  return shortHash(text ?? '')
}

/** Of bytes that are compared with others of one place: for each page, so it must cost little. */
export function sumOf(bytes: Buffer): string {
  return crc32(bytes).toString(36)
}

function shortHash(text: string | Buffer): string {
  return hash('sha1', text, 'base64url').slice(0, 10)
}
