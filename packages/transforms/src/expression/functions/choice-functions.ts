import { unify } from '../unify.ts'
import { wantBoolean, type Value } from '../value.ts'
import { define, first, list, many, value, type ScalarFunction } from './scalar-function.ts'

const unified = (usage: string, duck: string, arity: readonly [number, number]): ScalarFunction =>
  define(usage, arity, (args, at) => {
    const given = unify(args, usage)
    return value(`${duck}(${list(given.args)})`, given.type, given.args, at)
  })

export const choiceFunctions: Readonly<Record<string, ScalarFunction>> = {
  coalesce: unified('coalesce(value, …)', 'coalesce', [1, many]),
  greatest: unified('greatest(value, …)', 'greatest', [1, many]),
  least: unified('least(value, …)', 'least', [1, many]),
  nullif: define('nullif(value, other)', [2, 2], (args, at) => {
    const given = unify(args, 'nullif(value, other)')
    return value(`nullif(${list(given.args)})`, given.type, given.args, at)
  }),
  if: define('if(condition, then, else)', [3, 3], (args, at) => {
    const condition = wantBoolean(first(args), 'the condition of if')
    const given = unify(args.slice(1), 'if(condition, then, else)')
    const [then, otherwise] = given.args as [Value, Value]
    return value(
      `(CASE WHEN ${condition.sql} THEN ${then.sql} ELSE ${otherwise.sql} END)`,
      given.type,
      [condition, ...given.args],
      at,
    )
  }),
}
