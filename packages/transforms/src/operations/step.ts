import type { DataType, Field, Schema } from '@leat/connector-kit'
import type { CompiledExpression } from '../expression/compile-expression.ts'

/** One column of a step's output, computed from the step's input columns. */
export interface Column {
  readonly name: string
  readonly type: DataType
  readonly sql: string
  /** Present when the column can fail for a record: what to say of it and the inputs to show. */
  readonly failure?: Failure
}

export interface Failure {
  /** `compute line_total: qty * item.unitPrice`. */
  readonly what: string
  readonly inputs: CompiledExpression['inputs']
}

/** What one operation does to the rows. */
export type Step =
  | { readonly kind: 'project'; readonly columns: readonly Column[] }
  | { readonly kind: 'filter'; readonly sql: string; readonly failure?: Failure }
  /** One row for each element of `list`, which takes the place of the column `name`; a record whose list is empty or null stays, with NULL. */
  | { readonly kind: 'unnest'; readonly columns: readonly Column[]; readonly name: string }

/** An operation whose syntax is right, waiting for a schema. */
export interface ParsedOperation {
  /** Throws a config fault when the schema lacks what the operation names. */
  plan(schema: Schema): Step
}

/** One kind of operation. */
export interface Operation {
  readonly name: string
  /** Keys that the operation understands, the first spelling of each preferred. */
  readonly keys: readonly string[]
  /** `field` is where the operation stands: `operations[2]`. Throws config faults. */
  parse(spec: Spec): ParsedOperation
}

export interface Spec {
  readonly field: string
  readonly values: Readonly<Record<string, unknown>>
}

export function schemaOf(columns: readonly Column[]): Schema {
  return { fields: columns.map(({ name, type }): Field => ({ name, type })) }
}
