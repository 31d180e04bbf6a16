import type { Schema } from '@leat/connector-kit'
import type { Decoder, Detected } from '../api.ts'
import { conformSelect } from '../types/conform.ts'
import { isolateCopyText } from './isolate.ts'
import { typedSelect } from './read.ts'

export const copyTextDetected: Detected = { format: 'copy_text', compression: 'none', archive: 'none' }

/**
 * Decoder of `copy_text` (the notation stands in the connector kit, sql/copy-text.ts): a line is a record, and the source says what its fields are.
 */
export function copyTextDecoder(declared: Schema): Decoder {
  return {
    detected: copyTextDetected,
    declared,
    groupKey: JSON.stringify(['copy_text', declared]),
    streams: true,
    identity: true,
    normalise: (bytes) => bytes,
    lastBoundary: (text) => text.lastIndexOf(10) + 1 || -1,
    countRecords: countLines,
    infer: async () => declared,
    strictSelect: async (path, schema) =>
      conformSelect(declared, schema, `(${typedSelect(typeof path === 'string' ? [path] : path, declared)})`),
    isolate: (session, request) => isolateCopyText(session, declared, request),
  }
}

function countLines(text: Uint8Array): number {
  let lines = 0
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) lines++
  return lines
}
