import { Fault } from '@leat/connector-kit'
import type { ReadOptions } from './api.ts'

/** How the bytes of a text file become UTF-8. */
export interface TextEncoding {
  readonly name: 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1'
  /** Bytes of the byte order mark. */
  readonly skip: number
  decodeHead(head: Uint8Array): Uint8Array
  /** UTF-8 without byte order mark. UTF-8 itself passes unchecked: the readers refuse bad records one by one. */
  decode(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}

const names: Readonly<Record<string, TextEncoding['name']>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  latin1: 'latin1',
  'latin-1': 'latin1',
  'iso-8859-1': 'latin1',
  'iso8859-1': 'latin1',
  'windows-1252': 'latin1',
  cp1252: 'latin1',
}

/** By the byte order mark, else by the option `encoding` (ours), else UTF-8. `latin1` is read as windows-1252, as browsers do. */
export function textEncoding(options: ReadOptions, head: Uint8Array): TextEncoding {
  const option = options.encoding ?? 'utf-8'
  const chosen = typeof option === 'string' ? names[option.toLowerCase()] : undefined
  if (!chosen)
    throw new Fault({
      kind: 'config',
      code: 'config.invalid',
      field: 'encoding',
      message: `encoding is ${JSON.stringify(option)}: choose one of utf-8, utf-16le, utf-16be, latin1.`,
    })
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return encodingOf('utf-8', 3)
  if (head[0] === 0xff && head[1] === 0xfe) return encodingOf('utf-16le', 2)
  if (head[0] === 0xfe && head[1] === 0xff) return encodingOf('utf-16be', 2)
  return encodingOf(chosen, 0)
}

function encodingOf(name: TextEncoding['name'], skip: number): TextEncoding {
  if (name === 'utf-8') return { name, skip, decodeHead: withoutMark, decode: dropMark }
  const label = name === 'latin1' ? 'windows-1252' : name
  return {
    name,
    skip,
    decodeHead: (head) => Buffer.from(new TextDecoder(label).decode(head.subarray(0, head.length & ~1))),
    decode: (bytes) => transcode(bytes, label),
  }
}

function withoutMark(head: Uint8Array): Uint8Array {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head
}

async function* dropMark(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array(0)
  for await (const chunk of bytes) {
    if (!head) {
      yield chunk
      continue
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    if (head.length < 3) continue
    yield withoutMark(head)
    head = null
  }
  if (head && head.length > 0) yield withoutMark(head)
}

async function* transcode(bytes: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<Uint8Array> {
  // Not fatal: a broken pair becomes U+FFFD, where the original bytes have no UTF-8 form at all.
  const decoder = new TextDecoder(label)
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true })
    if (text !== '') yield Buffer.from(text)
  }
  const rest = decoder.decode()
  if (rest !== '') yield Buffer.from(rest)
}
