import type { Schema } from '@leat/connector-kit'
import type { NexsetHead } from '../ports.ts'

/** Share of common top-level names from which two shapes count as one nexset. */
const sameShape = 0.5

/**
 * The nexset of a source that data of this shape belongs to, or null when it is a shape of its own (a folder with orders and
 * customers gives two nexsets). `once` (`schema.detection.once`) puts everything into the first. Called again by the ledger under its
 * lock, so that two workers that see the first data at the same time create one nexset.
 */
export function chooseNexset(nexsets: readonly NexsetHead[], shape: Schema, once: boolean): NexsetHead | null {
  if (once) return nexsets[0] ?? null
  const names = new Set(shape.fields.map((field) => field.name))
  let best: NexsetHead | null = null
  let bestShare = 0
  for (const nexset of nexsets) {
    if (nexset.schema === null) return nexset
    const common = nexset.schema.fields.filter((field) => names.has(field.name)).length
    const share = common / Math.max(1, Math.min(names.size, nexset.schema.fields.length))
    if (share >= sameShape && share > bestShare) {
      best = nexset
      bestShare = share
    }
  }
  return best
}
