import type { DataType, ScalarName } from '@leat/connector-kit'
import { didYouMean } from '../did-you-mean.ts'
import { decimal, scalar } from './types.ts'

/** Names that a person may write for a type, beside the canonical ones. */
const names: Readonly<Record<string, ScalarName>> = {
  boolean: 'BOOLEAN',
  bool: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int32: 'INTEGER',
  integer: 'BIGINT',
  int: 'BIGINT',
  bigint: 'BIGINT',
  long: 'BIGINT',
  int64: 'BIGINT',
  hugeint: 'HUGEINT',
  float: 'DOUBLE',
  double: 'DOUBLE',
  'double precision': 'DOUBLE',
  real: 'DOUBLE',
  string: 'VARCHAR',
  text: 'VARCHAR',
  varchar: 'VARCHAR',
  char: 'VARCHAR',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  datetime: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ',
  'timestamp with time zone': 'TIMESTAMPTZ',
  uuid: 'UUID',
  json: 'JSON',
}

/**
 * `decimal(18,2)`, `string`, `bigint` … as a type. `integer` is 64 bits wide: a file whose numbers grow must not start to fail.
 * `number`, `decimal` and `numeric` without sizes are DECIMAL(38,9).
 */
export function typeByName(written: string): DataType | { readonly problem: string } {
  const spelled = written.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  const sized = /^(decimal|numeric|number) ?\( ?(\d+) ?(?:, ?(\d+) ?)?\)$/.exec(spelled)
  if (sized !== null) {
    const [precision, scale] = [Number(sized[2]), Number(sized[3] ?? 0)]
    if (precision >= 1 && precision <= 38 && scale <= precision) return decimal(precision, scale)
    return {
      problem: `${written} is not a decimal type: 1 to 38 digits, of which the second number stand after the point`,
    }
  }
  if (['decimal', 'numeric', 'number'].includes(spelled)) return decimal(38, 9)
  const plain = /^(?:varchar|string|char|text) ?\( ?\d+ ?\)$/.test(spelled) ? 'varchar' : spelled
  const name = Object.hasOwn(names, plain) ? names[plain] : undefined
  if (name !== undefined) return scalar(name)
  const choices = [...Object.keys(names), 'decimal(18,2)']
  return {
    problem: `"${written}" is not a type.${didYouMean(spelled, choices)} Types are ${choices.join(', ')}`,
  }
}
