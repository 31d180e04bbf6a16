import type { JsonObject, Schema } from '@leat/connector-kit'

/** A transform compiled for one parent schema. */
export interface CompiledTransform {
  /** Schema of the output, or null when only running tells (SQL transforms): then read it with DESCRIBE. */
  readonly schema: Schema | null
  /**
   * A SELECT over `relation` (a table name or a parenthesised query with the parent's columns). Records that a filter drops are absent.
   * Rows whose expressions fail (a cast of bad text) make the statement raise; `tolerantSelect` isolates them.
   */
  select(relation: string): string
  /**
   * As `select`, but every failing expression gives NULL and the extra last column `_leat_error` VARCHAR holds the reason
   * (NULL for good rows). Null when the transform cannot fail row by row. A failed record is never dropped by a filter and never
   * unnested, so it comes out once. `carry` names further columns of the relation (a row number, the raw record) that come
   * out unchanged just before `_leat_error`.
   */
  readonly tolerantSelect: ((relation: string, carry?: readonly string[]) => string) | null
  /** True when the number of output rows may differ from the input's (flatten, SQL): read = written + filtered then does not bind. */
  readonly changesCardinality: boolean
  /**
   * A SELECT of one row and one column: how many rows `select` (or `tolerantSelect`) would give if no filter dropped any, so that
   * filtered = this − written − refused. Absent when that cannot be told (SQL).
   */
  readonly unfilteredCount?: (relation: string, options?: { readonly tolerant?: boolean }) => string
}

/** `transform`: the wire form, `{version, operations: [...]}` or `{code_type: 'sql', code: '…'}`. Throws `config` faults that name the field, value and nearest choice. */
export type CompileTransform = (transform: JsonObject | null, parent: Schema) => CompiledTransform
