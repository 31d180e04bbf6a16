import type { JsonObject } from '../src/index.ts'

/** The records of a body that a law hands to `put` or `add`: JSON, one per line. */
export function recordsIn(body: Uint8Array): readonly JsonObject[] {
  return Buffer.from(body)
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonObject)
}
