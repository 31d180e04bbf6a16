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
   * (NULL for good rows). Null when the transform cannot fail row by row.
   */
  readonly tolerantSelect: ((relation: string) => string) | null
  /** True when the number of output rows may differ from the input's (flatten, SQL): read = written + filtered then does not bind. */
  readonly changesCardinality: boolean
}

/** `transform`: the wire form, `{version, operations: [...]}` or `{code_type: 'sql', code: '…'}`. Throws `config` faults that name the field, value and nearest choice. */
export type CompileTransform = (transform: JsonObject | null, parent: Schema) => CompiledTransform
