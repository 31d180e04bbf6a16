import type { DataType } from '@leat/connector-kit'
import { bigint, shownType } from '../types.ts'
import { adapt, mistake, wantNumber, type Value } from '../value.ts'

/**
 * Every function that an expression can reach. A name that is not here does not exist: each entry spells its own SQL, all are
 * scalar, deterministic and independent of the session (no clock, no randomness, no setting, no file).
 */
export interface ScalarFunction {
  /** For messages and docs: `substring(text, start, [length])`. */
  readonly usage: string
  /** Least and most number of arguments. */
  readonly arity: readonly [number, number]
  build(args: readonly Value[], at: number): Value
}

type Build = (args: readonly Value[], at: number) => Value
/** Arguments that a function of any number takes at most. */
export const many = 50
export const define = (usage: string, arity: readonly [number, number], build: Build): ScalarFunction => ({
  usage,
  arity,
  build,
})
const anyFails = (args: readonly Value[]): boolean => args.some((arg) => arg.fails)
export const list = (args: readonly Value[]): string => args.map((arg) => arg.sql).join(', ')
export const value = (sql: string, type: DataType, args: readonly Value[], at: number, fails = false): Value => ({
  sql,
  type,
  fails: fails || anyFails(args),
  at,
})
export const first = (args: readonly Value[]): Value => args[0] as Value
export const second = (args: readonly Value[]): Value => args[1] as Value
export const third = (args: readonly Value[]): Value => args[2] as Value

export function whole(arg: Value, usage: string): Value {
  const given = adapt(wantNumber(arg, usage), bigint)
  if (given === null) throw mistake(`${usage} needs a whole number here, this is ${shownType(arg.type)}`, arg.at)
  return given
}
