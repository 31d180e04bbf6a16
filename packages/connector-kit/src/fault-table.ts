import { Fault, type FaultInit, type FaultKind } from './faults.ts'

export interface FaultRow {
  readonly kind: FaultKind
  /** For the user. `{name}` is replaced by the value of that name, quoted by the text itself. */
  readonly message: string
}

export type MakeFault<Name extends string> = (
  name: Name,
  values?: Readonly<Record<string, string | number>>,
  more?: Pick<FaultInit, 'field' | 'cause' | 'retryAfterMs'>,
) => Fault

/**
 * The faults of one connector as a table, one row per code, so that a person can read what can go wrong:
 *
 *   const fault = faultTable('s3', { bucket_missing: { kind: 'not_found', message: 'Bucket "{bucket}" does not exist.' } })
 *   throw fault('bucket_missing', { bucket })          // code s3.bucket_missing
 */
export function faultTable<const Rows extends Readonly<Record<string, FaultRow>>>(
  area: string,
  rows: Rows,
): MakeFault<keyof Rows & string> {
  return (name, values = {}, more = {}) => {
    const { kind, message } = rows[name] as FaultRow
    const text = message.replaceAll(/\{(\w+)\}/g, (whole, key: string) => (key in values ? String(values[key]) : whole))
    return new Fault({ kind, code: `${area}.${name}`, message: text, ...more })
  }
}
