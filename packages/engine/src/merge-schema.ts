import type { Schema } from '@leat/connector-kit'
import { mergeSchema as merge } from '@leat/formats'

/** The schema of a nexset after a segment with `incoming` joined it; `current` is null before the first. Order does not matter for the types. */
export function mergeSchema(current: Schema | null, incoming: Schema): Schema {
  return current === null ? incoming : merge(current, incoming)
}
