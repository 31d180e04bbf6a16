import type { DataType } from '@leat/connector-kit'
import type { ArithmeticOperator } from './ast.ts'
import {
  bigint,
  commonType,
  decimal,
  digitsOf,
  double,
  duckType,
  hugeint,
  isExact,
  isFloat,
  isInteger,
  isTemporal,
  isText,
  scalar,
} from './types.ts'
import { mistake, raise, wantNumber, type Value } from './value.ts'

/** Digits after the point of a quotient of exact numbers, unless an operand has more. */
const quotientScale = 12

/**
 * Integers stay integers (64 bits, or 128 when an operand is wider), decimals stay decimals, and a float makes floats. What does not
 * fit raises, and so does division by zero: the record is refused, not silently NULL or Infinity.
 */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value, at: number): Value {
  if (isTemporal(left.type) || isTemporal(right.type))
    throw mistake('times are not added with + or -; use date_add(unit, count, time) or date_diff(unit, from, to)', at)
  if (operator === '+' && (isText(left.type) || isText(right.type)))
    throw mistake('texts are not added with +; use concat(a, b)', at)
  const a = wantNumber(left, `"${operator}"`)
  const b = wantNumber(right, `"${operator}"`)
  if (isFloat(a.type) || isFloat(b.type)) return floats(operator, a, b, at)
  if (operator === '/') return quotient(a, b, at)
  if (isInteger(a.type) && isInteger(b.type)) return integers(operator, a, b, at)
  return decimals(operator, a, b, at)
}

export function negate(value: Value, at: number): Value {
  const operand = wantNumber(value, '"-"')
  if (operand.literal?.kind === 'number' && !operand.literal.text.startsWith('-'))
    return numberLiteral(`-${operand.literal.text}`, at)
  const type = isInteger(operand.type) ? integerResult(operand.type, operand.type) : operand.type
  return { sql: `(- ${cast(operand, type)})`, type, fails: operand.fails || isInteger(type), at }
}

/** Digits exactly as written: 64-bit, else 128-bit integer; a point makes a decimal; an exponent a float. */
export function numberLiteral(written: string, at: number): Value {
  const literal = { kind: 'number', text: written } as const
  if (/[eE]/.test(written)) return { sql: `CAST('${written}' AS DOUBLE)`, type: double, fails: false, at, literal }
  const digits = written.replace(/^(-?)\./, '$10.').replace(/\.$/, '')
  if (!digits.includes('.')) {
    const value = BigInt(digits)
    const size = value < 0n ? -value : value
    // 2^63 itself is only reachable through the minus sign that stands before it.
    const type = size < 2n ** 63n || value === -(2n ** 63n) ? bigint : size < 10n ** 38n ? hugeint : null
    if (type === null) throw mistake(`${written} has more than 38 digits`, at)
    return { sql: `CAST('${digits}' AS ${duckType(type)})`, type, fails: false, at, literal }
  }
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.')
  const precision = Math.max(1, whole.replace(/^0+/, '').length + fraction.length)
  if (precision > 38) throw mistake(`${written} has more than 38 digits`, at)
  const type = decimal(precision, fraction.length)
  return { sql: `CAST('${digits}' AS ${duckType(type)})`, type, fails: false, at, literal }
}

function floats(operator: ArithmeticOperator, left: Value, right: Value, at: number): Value {
  const [a, b] = [cast(left, double), cast(right, double)]
  const divides = operator === '/' || operator === '%'
  const sql = `(${a} ${operator} ${divides ? notZero(b, double, right) : b})`
  return { sql, type: double, fails: left.fails || right.fails || divides, at }
}

function integers(operator: ArithmeticOperator, left: Value, right: Value, at: number): Value {
  const type = integerResult(left.type, right.type)
  const divisor = operator === '%' ? notZero(cast(right, type), type, right) : cast(right, type)
  return { sql: `(${cast(left, type)} ${operator} ${divisor})`, type, fails: true, at }
}

function decimals(operator: ArithmeticOperator, left: Value, right: Value, at: number): Value {
  if (operator === '*') return product(left, right, at)
  const common = commonType(left.type, right.type) ?? decimal(38, 0)
  const { precision, scale } = digitsOf(common)
  if (operator === '%') {
    const sql = `(${cast(left, common)} % ${notZero(cast(right, common), common, right)})`
    return { sql: `CAST(${sql} AS ${duckType(common)})`, type: common, fails: true, at }
  }
  const type = decimal(Math.min(38, precision + 1), scale)
  return { sql: `(${cast(left, type)} ${operator} ${cast(right, type)})`, type, fails: true, at }
}

/** Exact as long as both scales fit 38 digits together; else the longer scale is rounded to leave 19. */
function product(left: Value, right: Value, at: number): Value {
  const fit = (value: Value, room: number): Value => {
    const { precision, scale } = digitsOf(value.type)
    return scale <= room
      ? value
      : {
          ...value,
          sql: cast(value, decimal(precision - scale + room, room)),
          type: decimal(precision - scale + room, room),
          fails: true,
        }
  }
  const over = digitsOf(left.type).scale + digitsOf(right.type).scale > 38
  const [a, b] = over ? [fit(left, 19), fit(right, 19)] : [left, right]
  const [da, db] = [digitsOf(a.type), digitsOf(b.type)]
  const type = decimal(Math.min(38, da.precision + db.precision), da.scale + db.scale)
  return {
    sql: `CAST((${cast(a, decimal(da.precision, da.scale))} * ${cast(b, decimal(db.precision, db.scale))}) AS ${duckType(type)})`,
    type,
    fails: true,
    at,
  }
}

/**
 * DuckDB divides decimals as floats. Exact instead: both as 128-bit integers, (n + d/2 with the sign of n) // d rounds half away
 * from zero; the result has 12 digits after the point, or as many as the longer operand.
 */
function quotient(left: Value, right: Value, at: number): Value {
  const [a, b] = [digitsOf(left.type), digitsOf(right.type)]
  const scale = Math.max(quotientScale, a.scale, b.scale)
  const numerator = shifted(left, scale + b.scale)
  const divisor = notZero(shifted(right, b.scale), hugeint, right)
  const sql = `((${numerator} + sign(${numerator}) * (abs(${divisor}) // 2)) // ${divisor})`
  const type = decimal(38, scale)
  return {
    sql: `CAST((CAST(${sql} AS DECIMAL(38,0)) * CAST('${`0.${'1'.padStart(scale, '0')}`}' AS DECIMAL(${scale},${scale}))) AS ${duckType(type)})`,
    type,
    fails: true,
    at,
  }
}

/** value * 10^places as a 128-bit integer. */
function shifted(value: Value, places: number): string {
  const { scale } = digitsOf(value.type)
  const whole =
    scale === 0
      ? `CAST(${value.sql} AS HUGEINT)`
      : `CAST((CAST(${value.sql} AS DECIMAL(38,${scale})) * CAST(1${'0'.repeat(scale)} AS DECIMAL(${Math.min(38, scale + 1)},0))) AS HUGEINT)`
  const rest = places - scale
  return rest <= 0 ? whole : `(${whole} * CAST(1${'0'.repeat(rest)} AS HUGEINT))`
}

function notZero(sql: string, type: DataType, divisor: Value): string {
  if (divisor.literal?.kind === 'number') {
    if (Number(divisor.literal.text) === 0) throw mistake('division by zero', divisor.at)
    return sql
  }
  return `CASE WHEN ${sql} = 0 THEN ${raise('division by zero', `${sql}`, type)} ELSE ${sql} END`
}

function integerResult(a: DataType, b: DataType): DataType {
  return digitsOf(a).precision > 19 || digitsOf(b).precision > 19 ? hugeint : bigint
}

function cast(value: Value, type: DataType): string {
  return value.type === type || duckType(value.type) === duckType(type)
    ? value.sql
    : `CAST(${value.sql} AS ${duckType(type)})`
}

/** Result type of a rounding to `places` digits after the point. */
export function rounded(type: DataType, places: number): DataType {
  if (!isExact(type) || isInteger(type))
    return isFloat(type) ? double : isInteger(type) ? integerResult(type, scalar('BIGINT')) : type
  const { precision, scale } = digitsOf(type)
  const kept = Math.min(scale, places)
  return decimal(Math.min(38, precision - scale + kept + 1), kept)
}
