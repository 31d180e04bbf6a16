import { compute } from './compute.ts'
import { filter } from './filter.ts'
import { flatten } from './flatten.ts'
import { map } from './map.ts'
import { rename } from './rename.ts'
import { drop, select } from './select.ts'
import { shift } from './shift.ts'
import type { Operation } from './step.ts'
import { typecast } from './typecast.ts'

/** Every operation of a pipeline, by its wire name. `sql` is no row here: it stands alone (see sql/). */
export const operations: ReadonlyMap<string, Operation> = new Map(
  [flatten, rename, map, compute, filter, typecast, select, drop, shift].map((operation) => [
    operation.name,
    operation,
  ]),
)
