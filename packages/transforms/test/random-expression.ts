import { randomFrom } from '../../../tools/fuzz/random.ts'
import { calculate, checked, exactOf, integer, order, Refused, type Exact, type Result } from './exact-arithmetic.ts'

export interface Row {
  readonly a: bigint | null
  readonly b: bigint | null
  readonly p: string | null
  readonly q: string | null
  readonly s: string | null
  readonly t: string | null
  readonly ok: boolean | null
  readonly deep: { readonly n: bigint | null; readonly 'odd name': string | null } | null
}
/** Text with the binding power of its outermost operator, and its meaning. */
export interface Piece {
  readonly text: string
  readonly power: number
  value(row: Row): Result
}

/** Random expressions with what they mean. */
export class Generator {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = randomFrom(seed)
  }

  pick<T>(...choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T
  }

  /** Parentheses where needed; sometimes where not. */
  wrap(piece: Piece, least: number): string {
    return piece.power < least || this.#random() < 0.15 ? `(${piece.text})` : piece.text
  }

  number(depth: number): Piece {
    if (depth <= 0 || this.#random() < 0.2) return this.#numberLeaf()
    switch (this.pick('arithmetic', 'arithmetic', 'arithmetic', 'negate', 'if', 'coalesce', 'abs', 'length', 'case')) {
      case 'arithmetic': {
        const operator = this.pick('+', '-', '*', '/', '%')
        const power = operator === '+' || operator === '-' ? 6 : 7
        const [left, right] = [this.number(depth - 1), this.number(depth - 1)]
        const value = (row: Row): Result => {
          const [x, y] = [left.value(row), right.value(row)] as [Exact | null, Exact | null]
          // A zero divisor is refused whatever it divides.
          if (y !== null && y.units === 0n && (operator === '/' || operator === '%')) throw new Refused()
          return x === null || y === null ? null : calculate(operator, x, y)
        }
        return {
          text: `${this.wrap(left, power)}${this.pick(' ', '')}${operator} ${this.wrap(right, power + 1)}`,
          power,
          value,
        }
      }
      case 'negate': {
        const inner = this.number(depth - 1)
        return {
          text: `-${this.wrap(inner, 8).replace(/^-/, ' -')}`,
          power: 8,
          value: (row) => {
            const x = inner.value(row) as Exact | null
            return x === null ? null : checked({ ...x, units: -x.units })
          },
        }
      }
      case 'abs': {
        const inner = this.number(depth - 1)
        return {
          text: `abs(${inner.text})`,
          power: 10,
          value: (row) => {
            const x = inner.value(row) as Exact | null
            return x === null ? null : checked({ ...x, units: x.units < 0n ? -x.units : x.units })
          },
        }
      }
      case 'length': {
        const inner = this.text(depth - 1)
        return {
          text: `length(${inner.text})`,
          power: 10,
          value: (row) => {
            const x = inner.value(row)
            return x === null ? null : integer(BigInt([...String(x)].length))
          },
        }
      }
      case 'coalesce': {
        const [left, right] = [this.number(depth - 1), this.number(depth - 1)]
        return {
          text: `coalesce(${left.text}, ${right.text})`,
          power: 10,
          value: (row) => left.value(row) ?? right.value(row),
        }
      }
      case 'case': {
        const [when, then, otherwise] = [this.truth(depth - 1), this.number(depth - 1), this.number(depth - 1)]
        return {
          text: `case when ${when.text} then ${then.text} else ${otherwise.text} end`,
          power: 10,
          value: (row) => (when.value(row) === true ? then : otherwise).value(row),
        }
      }
      default: {
        const [when, then, otherwise] = [this.truth(depth - 1), this.number(depth - 1), this.number(depth - 1)]
        return {
          text: `${this.wrap(when, 2)} ? ${then.text} : ${this.wrap(otherwise, 1)}`,
          power: 1,
          value: (row) => (when.value(row) === true ? then : otherwise).value(row),
        }
      }
    }
  }

  #numberLeaf(): Piece {
    const column = (name: 'a' | 'b'): Piece => ({
      text: this.pick(name, `"${name}"`, `\`${name}\``),
      power: 10,
      value: (row) => (row[name] === null ? null : integer(row[name])),
    })
    const money = (name: 'p' | 'q'): Piece => ({
      text: name,
      power: 10,
      value: (row) => (row[name] === null ? null : exactOf(row[name])),
    })
    const literal = (text: string): Piece => ({
      text,
      power: 10,
      value: () => (text.includes('.') ? exactOf(text) : integer(BigInt(text))),
    })
    const nested: Piece = {
      text: 'deep.n',
      power: 10,
      value: (row) => (row.deep?.n === null || row.deep?.n === undefined ? null : integer(row.deep.n)),
    }
    return this.pick(
      column('a'),
      column('b'),
      money('p'),
      money('q'),
      nested,
      literal(String(Math.floor(this.#random() * 20))),
      literal('3000000000'),
      literal(`${Math.floor(this.#random() * 50)}.${this.pick('5', '25', '07')}`),
    )
  }

  text(depth: number): Piece {
    if (depth <= 0 || this.#random() < 0.4) {
      const literal = this.pick('', 'x', "it''s", 'Ä', '-- no', 'a"b')
      return this.pick<Piece>(
        { text: 's', power: 10, value: (row) => row.s },
        { text: 't', power: 10, value: (row) => row.t },
        { text: 'deep."odd name"', power: 10, value: (row) => row.deep?.['odd name'] ?? null },
        { text: `'${literal}'`, power: 10, value: () => literal.replaceAll("''", "'") },
      )
    }
    const [left, right] = [this.text(depth - 1), this.text(depth - 1)]
    const strict =
      (make: (x: string, y: string) => string) =>
      (row: Row): Result => {
        const [x, y] = [left.value(row), right.value(row)]
        return x === null || y === null ? null : make(String(x), String(y))
      }
    return this.pick<Piece>(
      {
        text: `concat(${left.text}, ${right.text})`,
        power: 10,
        value: (row) => `${(left.value(row) as string | null) ?? ''}${(right.value(row) as string | null) ?? ''}`,
      },
      {
        text: `replace(${left.text}, 'x', ${right.text})`,
        power: 10,
        value: strict((x, y) => x.replaceAll('x', () => y)),
      },
      { text: `coalesce(${left.text}, ${right.text})`, power: 10, value: (row) => left.value(row) ?? right.value(row) },
      {
        text: `nullif(${left.text}, ${right.text})`,
        power: 10,
        value: (row) => (left.value(row) !== null && left.value(row) === right.value(row) ? null : left.value(row)),
      },
    )
  }

  truth(depth: number): Piece {
    if (depth <= 0 || this.#random() < 0.1)
      return this.pick<Piece>(
        { text: 'ok', power: 10, value: (row) => row.ok },
        { text: 'true', power: 10, value: () => true },
        { text: 'FALSE', power: 10, value: () => false },
      )
    switch (this.pick('and', 'or', 'not', 'compare', 'compare', 'null', 'in', 'between', 'text')) {
      case 'and':
        return this.#junction(this.pick('and', '&&', 'AND'), 3, false, depth)
      case 'or':
        return this.#junction(this.pick('or', '||', 'Or'), 2, true, depth)
      case 'not': {
        const inner = this.truth(depth - 1)
        const value = (row: Row): Result => {
          const x = inner.value(row)
          return x === null ? null : x !== true
        }
        return this.pick(
          { text: `not ${this.wrap(inner, 4)}`, power: 4, value },
          { text: `!${this.wrap(inner, 8)}`, power: 8, value },
        )
      }
      case 'null': {
        const [inner, negated] = [this.pick(this.number(depth - 1), this.text(depth - 1)), this.pick(true, false)]
        return {
          text: `${this.wrap(inner, 6)} is ${negated ? 'not ' : ''}null`,
          power: 5,
          value: (row) => (inner.value(row) === null) !== negated,
        }
      }
      case 'in': {
        const [inner, choices, negated] = [
          this.number(depth - 1),
          [this.number(depth - 2), this.number(0)],
          this.pick(true, false),
        ]
        const value = (row: Row): Result => {
          const x = inner.value(row)
          const equal = choices
            .map((choice) => choice.value(row))
            .map((y) => (x === null || y === null ? null : order(x, y) === 0))
          const found = equal.includes(true) ? true : equal.includes(null) ? null : false
          return found === null ? null : found !== negated
        }
        return {
          text: `${this.wrap(inner, 6)} ${negated ? 'not ' : ''}in (${choices.map((choice) => choice.text).join(', ')})`,
          power: 5,
          value,
        }
      }
      case 'between': {
        const [inner, low, high] = [this.number(depth - 1), this.number(depth - 2), this.number(0)]
        return {
          text: `${this.wrap(inner, 6)} between ${this.wrap(low, 6)} and ${this.wrap(high, 6)}`,
          power: 5,
          value: (row) => {
            const [x, l, h] = [inner.value(row), low.value(row), high.value(row)]
            const above = x === null || l === null ? null : order(x, l) >= 0
            const below = x === null || h === null ? null : order(x, h) <= 0
            return above === false || below === false ? false : above === null || below === null ? null : true
          },
        }
      }
      case 'text':
        return this.#comparison(this.text(depth - 1), this.text(depth - 1))
      default:
        return this.#comparison(this.number(depth - 1), this.number(depth - 1))
    }
  }

  #junction(word: string, power: number, absorbing: boolean, depth: number): Piece {
    const [left, right] = [this.truth(depth - 1), this.truth(depth - 1)]
    return {
      text: `${this.wrap(left, power)} ${word} ${this.wrap(right, power + 1)}`,
      power,
      value: (row) => {
        // Both sides: which of two failing operands DuckDB meets first is its own business.
        const [x, y] = [left.value(row), right.value(row)]
        return x === absorbing || y === absorbing ? absorbing : x === null || y === null ? null : !absorbing
      },
    }
  }

  #comparison(left: Piece, right: Piece): Piece {
    const [symbol, holds] = this.pick<readonly [string, (sign: number) => boolean]>(
      ['=', (sign) => sign === 0],
      ['==', (sign) => sign === 0],
      ['!=', (sign) => sign !== 0],
      ['<>', (sign) => sign !== 0],
      ['<', (sign) => sign < 0],
      ['<=', (sign) => sign <= 0],
      ['>', (sign) => sign > 0],
      ['>=', (sign) => sign >= 0],
    )
    return {
      text: `${this.wrap(left, 6)} ${symbol} ${this.wrap(right, 6)}`,
      power: 5,
      value: (row) => {
        const [x, y] = [left.value(row), right.value(row)]
        return x === null || y === null ? null : holds(order(x, y))
      },
    }
  }
}
