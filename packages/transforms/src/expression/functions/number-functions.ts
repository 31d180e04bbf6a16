import { arithmetic, rounded } from '../arithmetic.ts'
import { castTo } from '../cast.ts'
import { bigint, decimal, double, duckType, isExact, isFloat, isInteger } from '../types.ts'
import { asText, wantCount, wantNumber } from '../value.ts'
import { define, first, list, second, value, type ScalarFunction } from './scalar-function.ts'

const floats = (usage: string, duck: string, fails: boolean): ScalarFunction =>
  define(usage, [1, 1], (args, at) => {
    const given = castTo(wantNumber(first(args), usage), double)
    return value(`${duck}(${given.sql})`, double, [given], at, fails)
  })

const round = (name: 'round' | 'trunc'): ScalarFunction =>
  define(`${name}(number, [places])`, [1, 2], (args, at) => {
    const given = wantNumber(first(args), `${name}(number)`)
    const places = args.length === 2 ? wantCount(second(args), `the places of ${name}`, 0, 38) : 0
    if (isInteger(given.type)) return castTo(given, rounded(given.type, 0))
    const type = rounded(given.type, places)
    if (isFloat(given.type)) return value(`${name}(CAST(${given.sql} AS DOUBLE), ${places})`, double, [given], at)
    const { precision, scale } = given.type.kind === 'decimal' ? given.type : { precision: 38, scale: 0 }
    if (places >= scale) return castTo(given, type)
    const wide = precision < 38 ? castTo(given, decimal(precision + 1, scale)) : given
    return value(`CAST(${name}(${wide.sql}, ${places}) AS ${duckType(type)})`, type, [given], at, precision >= 38)
  })

const toWhole = (name: 'floor' | 'ceil'): ScalarFunction =>
  define(`${name}(number)`, [1, 1], (args, at) => {
    const given = wantNumber(first(args), `${name}(number)`)
    const type = rounded(given.type, 0)
    if (isInteger(given.type)) return castTo(given, type)
    return value(`CAST(${name}(${given.sql}) AS ${duckType(type)})`, type, [given], at, isExact(type))
  })

export const numberFunctions: Readonly<Record<string, ScalarFunction>> = {
  abs: define('abs(number)', [1, 1], (args, at) => {
    const given = wantNumber(first(args), 'abs(number)')
    const type = isInteger(given.type) ? rounded(given.type, 0) : given.type
    const wide = castTo(given, type)
    return value(`abs(${wide.sql})`, type, [given], at, isInteger(type))
  }),
  sign: define('sign(number)', [1, 1], (args, at) => {
    const given = wantNumber(first(args), 'sign(number)')
    return value(`CAST(sign(${given.sql}) AS BIGINT)`, bigint, [given], at, isFloat(given.type))
  }),
  round: round('round'),
  trunc: round('trunc'),
  floor: toWhole('floor'),
  ceil: toWhole('ceil'),
  mod: define('mod(number, divisor)', [2, 2], (args, at) => arithmetic('%', first(args), second(args), at)),
  sqrt: floats('sqrt(number)', 'sqrt', true),
  exp: floats('exp(number)', 'exp', true),
  ln: floats('ln(number)', 'ln', true),
  log10: floats('log10(number)', 'log10', true),
  power: define('power(number, exponent)', [2, 2], (args, at) => {
    const given = args.map((arg) => castTo(wantNumber(arg, 'power'), double))
    return value(`power(${list(given)})`, double, given, at, true)
  }),
  to_number: define('to_number(value)', [1, 1], (args) =>
    castTo(first(args), isExact(first(args).type) || isFloat(first(args).type) ? first(args).type : decimal(38, 9)),
  ),
  to_text: define('to_text(value)', [1, 1], (args) => asText(first(args))),
}
