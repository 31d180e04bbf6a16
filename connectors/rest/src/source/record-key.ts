import { hash } from 'node:crypto'

/** Short and stable: tells a record again on a page that was fetched once more. */
export function recordKey(record: unknown): string {
  const text =
    typeof record === 'object' && record !== null && 'nodeType' in record ? String(record) : JSON.stringify(record)
  return shortHash(text ?? '')
}

export function shortHash(text: string | Buffer): string {
  return hash('sha1', text, 'base64url').slice(0, 10)
}
