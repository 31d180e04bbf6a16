import { Fault } from '@leat/connector-kit'
import type { Decoder, Detected, ReadOptions } from './api.ts'
import { jsonDecoder } from './json/decoder.ts'

/**
 * The decoder of one object. `head` is the first ≤ 256 KB of the decompressed object: it decides about layout, delimiter, header and encoding.
 * Objects whose decoders have the same `groupKey` may be read by either. Throws `config` faults that name the key.
 */
export async function openDecoder(detected: Detected, options: ReadOptions, head: Uint8Array): Promise<Decoder> {
  if (detected.format === 'json') return jsonDecoder(detected, options, head)
  throw new Fault({ kind: 'unsupported', code: 'format.unsupported', message: `The format ${detected.format} is not read by this version. Available: json.` })
}
