import type { Schema } from '@leat/connector-kit'
import type { Decoder, Detected, ReadOptions } from './api.ts'
import { copyTextDecoder } from './copy-text/decoder.ts'
import { csvDecoder } from './csv/decoder.ts'
import { formatOfContent } from './detect.ts'
import { jsonDecoder } from './json/decoder.ts'
import { xmlDecoder } from './xml/decoder.ts'
import { parquetDecoder } from './parquet/decoder.ts'

/**
 * The decoder of one object. `head` is the first ≤ 256 KB of the decompressed object: it decides about layout, delimiter, header and encoding.
 * `declared`: the columns, where the source knows them. Objects whose decoders have the same `groupKey` may be read by either. Throws `config` faults that name the key.
 */
export async function openDecoder(
  detected: Detected,
  options: ReadOptions,
  head: Uint8Array,
  declared?: Schema,
): Promise<Decoder> {
  const decoder = await decoderOf(detected, options, head, declared)
  return declared === undefined || decoder.declared !== undefined
    ? decoder
    : { ...decoder, declared, infer: async () => declared }
}

async function decoderOf(
  detected: Detected,
  options: ReadOptions,
  head: Uint8Array,
  declared?: Schema,
): Promise<Decoder> {
  const format = detected.guessed ? formatOfContent(head) : detected.format
  switch (format) {
    case 'json':
      return jsonDecoder({ ...detected, format }, options, head)
    case 'csv':
      return csvDecoder({ ...detected, format }, options, head)
    case 'xml':
      return xmlDecoder({ ...detected, format }, options, head)
    case 'parquet':
      return parquetDecoder({ ...detected, format })
    case 'copy_text':
      if (declared === undefined) throw new TypeError('copy_text needs the schema of its source')
      return copyTextDecoder(declared)
  }
}
