import type { Schema } from '@leat/connector-kit'
import type { NexsetHead } from '../ports.ts'

/** Names at the top of records. */
export type TopNames = ReadonlySet<string>

/** Share of common top-level names from which two shapes count as one nexset. */
const sameShape = 0.5

/**
 * The nexset of a source that data of this shape belongs to, or null when it is a shape of its own (a folder with orders and
 * customers gives two nexsets). `once` (`schema.detection.once`) puts everything into the first. Called again by the ledger under its
 * lock, so that two workers that see the first data at the same time create one nexset.
 */
export function chooseNexset(nexsets: readonly NexsetHead[], shape: Schema, once: boolean): NexsetHead | null {
  if (once) return nexsets[0] ?? null
  return nexsetWith(nexsets, new Set(shape.fields.map((field) => field.name)))
}

/** The nexset that agrees best with these names, and by half or more. */
export function nexsetWith(nexsets: readonly NexsetHead[], names: TopNames): NexsetHead | null {
  let best: NexsetHead | null = null
  let bestShare = 0
  for (const nexset of nexsets) {
    if (nexset.schema === null) return nexset
    const share = shareOf(nexset.schema, names)
    if (share >= sameShape && share > bestShare) {
      best = nexset
      bestShare = share
    }
  }
  return best
}

/** Whether a nexset that has a schema agrees with these names by half or more. */
export function fits(nexset: NexsetHead | null, names: TopNames): nexset is NexsetHead {
  return nexset !== null && nexset.schema !== null && shareOf(nexset.schema, names) >= sameShape
}

/** Whether data with the one names and data with the other belong into one nexset. Data without names says nothing against it. */
export function belongTogether(nexsets: readonly NexsetHead[], one: TopNames, other: TopNames): boolean {
  if (one.size === 0 || other.size === 0) return true
  let common = 0
  for (const name of other) if (one.has(name)) common++
  if (common >= sameShape * Math.min(one.size, other.size)) return true
  const detected = nexsets.filter((nexset) => nexset.schema !== null)
  const nexset = nexsetWith(detected, one)
  return nexset !== null && nexset === nexsetWith(detected, other)
}

function shareOf(schema: Schema, names: TopNames): number {
  const common = schema.fields.filter((field) => names.has(field.name)).length
  return common / Math.max(1, Math.min(names.size, schema.fields.length))
}
