import type { BinaryOperator, Node } from './ast.ts'
import { ExpressionError } from './expression-error.ts'
import { tokenise, type Token } from './tokens.ts'

/**
 * Binding powers, loosest first. `not` binds looser than comparisons (as in SQL), `!` tighter than arithmetic (as in JavaScript).
 *   ?:   or ||   and &&   not   = == != <> < <= > >= is in between like   + -   * / %   unary - + !   ::type
 */
const power = { ternary: 1, or: 2, and: 3, not: 4, comparison: 5, sum: 6, product: 7, unary: 8, cast: 9 } as const
const deepest = 100

const binaries: Readonly<Record<string, { operator: BinaryOperator; power: number }>> = {
  or: { operator: 'or', power: power.or },
  '||': { operator: 'or', power: power.or },
  and: { operator: 'and', power: power.and },
  '&&': { operator: 'and', power: power.and },
  '=': { operator: '=', power: power.comparison },
  '==': { operator: '=', power: power.comparison },
  '!=': { operator: '<>', power: power.comparison },
  '<>': { operator: '<>', power: power.comparison },
  '<': { operator: '<', power: power.comparison },
  '<=': { operator: '<=', power: power.comparison },
  '>': { operator: '>', power: power.comparison },
  '>=': { operator: '>=', power: power.comparison },
  '+': { operator: '+', power: power.sum },
  '-': { operator: '-', power: power.sum },
  '*': { operator: '*', power: power.product },
  '/': { operator: '/', power: power.product },
  '%': { operator: '%', power: power.product },
}
const postfixWords = new Set(['is', 'in', 'between', 'like', 'ilike', 'not'])
const reserved = new Set([
  'and',
  'or',
  'not',
  'in',
  'is',
  'between',
  'like',
  'ilike',
  'case',
  'when',
  'then',
  'else',
  'end',
  'null',
  'true',
  'false',
  'as',
  'from',
  'distinct',
])

/** Throws `ExpressionError` with the position of the mistake. */
export function parseExpression(source: string): Node {
  const parser = new Parser(tokenise(source))
  return parser.whole()
}

class Parser {
  readonly #tokens: readonly Token[]
  #index = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Node {
    if (this.#peek().kind === 'end') throw new ExpressionError('is empty', 0)
    const node = this.#expression(0)
    const rest = this.#peek()
    if (rest.kind !== 'end') throw new ExpressionError(`"${shown(rest)}" is not expected here`, rest.at)
    return node
  }

  #expression(least: number): Node {
    if (++this.#depth > deepest)
      throw new ExpressionError(`is nested more than ${deepest} levels deep`, this.#peek().at)
    let left = this.#prefix()
    for (let next = this.#infix(left, least); next !== null; next = this.#infix(left, least)) left = next
    this.#depth--
    return left
  }

  /** The node that the next operator makes of `left`, or null when it binds looser than `least`. */
  #infix(left: Node, least: number): Node | null {
    const token = this.#peek()
    const word = wordOf(token)
    if (word === '?' && power.ternary >= least) return this.#ternary(left)
    if (word === '::' && power.cast >= least) {
      this.#take()
      return { kind: 'cast', operand: left, type: this.#type(), at: token.at }
    }
    if (postfixWords.has(word) && power.comparison >= least) return this.#predicate(left)
    const binary = Object.hasOwn(binaries, word) ? binaries[word] : undefined
    if (binary === undefined || binary.power < least) return null
    this.#take()
    const right = this.#expression(binary.power + 1)
    if (binary.power === power.comparison) this.#refuseChain()
    return { kind: 'binary', operator: binary.operator, left, right, at: token.at }
  }

  #refuseChain(): void {
    const token = this.#peek()
    const word = wordOf(token)
    if (Object.hasOwn(binaries, word) && binaries[word]?.power === power.comparison)
      throw new ExpressionError('comparisons cannot be chained; write a < b and b < c', token.at)
  }

  #ternary(condition: Node): Node {
    const { at } = this.#take()
    const then = this.#expression(0)
    this.#expect(':')
    const otherwise = this.#expression(power.ternary)
    return { kind: 'case', branches: [{ when: condition, then }], otherwise, at }
  }

  #predicate(operand: Node): Node {
    const first = this.#take()
    if (wordOf(first) === 'is') return this.#is(operand, first.at)
    const negated = wordOf(first) === 'not'
    const token = negated ? this.#take() : first
    switch (wordOf(token)) {
      case 'in':
        return { kind: 'in', operand, choices: this.#choices(), negated, at: token.at }
      case 'between': {
        const low = this.#expression(power.sum)
        this.#expect('and')
        return { kind: 'between', operand, low, high: this.#expression(power.sum), negated, at: token.at }
      }
      case 'like':
      case 'ilike':
        return {
          kind: 'like',
          operand,
          pattern: this.#expression(power.sum),
          ignoreCase: wordOf(token) === 'ilike',
          negated,
          at: token.at,
        }
      default:
        throw new ExpressionError(`after "not" comes in, between or like, not "${shown(token)}"`, token.at)
    }
  }

  #is(operand: Node, at: number): Node {
    const negated = this.#accept('not')
    const token = this.#take()
    switch (wordOf(token)) {
      case 'null':
        return { kind: 'isNull', operand, negated, at }
      case 'true':
      case 'false': {
        const right: Node = { kind: wordOf(token) === 'true' ? 'true' : 'false', at: token.at }
        return {
          kind: 'binary',
          operator: negated ? 'is distinct from' : 'is not distinct from',
          left: operand,
          right,
          at,
        }
      }
      case 'distinct': {
        this.#expect('from')
        const right = this.#expression(power.sum)
        return {
          kind: 'binary',
          operator: negated ? 'is not distinct from' : 'is distinct from',
          left: operand,
          right,
          at,
        }
      }
      default:
        throw new ExpressionError(
          `after "is" comes null, not null, true, false or distinct from, not "${shown(token)}"`,
          token.at,
        )
    }
  }

  #choices(): readonly Node[] {
    this.#expect('(')
    const choices = [this.#expression(0)]
    while (this.#accept(',')) choices.push(this.#expression(0))
    this.#expect(')')
    return choices
  }

  #prefix(): Node {
    const token = this.#take()
    const { at, text } = token
    if (token.kind === 'number' || token.kind === 'text') return { kind: token.kind, text, at }
    if (token.kind === 'quoted') return this.#path(token)
    switch (wordOf(token)) {
      case '(': {
        const inner = this.#expression(0)
        this.#expect(')')
        return inner
      }
      case '-':
      case '+':
        return { kind: 'unary', operator: text === '-' ? '-' : '+', operand: this.#expression(power.unary), at }
      case '!':
        return { kind: 'unary', operator: 'not', operand: this.#expression(power.unary), at }
      case 'not':
        return { kind: 'unary', operator: 'not', operand: this.#expression(power.not), at }
      case 'null':
      case 'true':
      case 'false':
        return { kind: wordOf(token) as 'null' | 'true' | 'false', at }
      case 'case':
        return this.#case(at)
      default:
        return this.#nameOrCall(token)
    }
  }

  #nameOrCall(token: Token): Node {
    if (token.kind === 'end') throw new ExpressionError('ends where a value is expected', token.at)
    if (token.kind !== 'name') throw new ExpressionError(`a value is expected here, not "${token.text}"`, token.at)
    const word = token.text.toLowerCase()
    if (word === 'cast' && wordOf(this.#peek()) === '(') return this.#cast(token.at)
    if (wordOf(this.#peek()) === '(') return { kind: 'call', name: token.text, args: this.#arguments(), at: token.at }
    if (reserved.has(word))
      throw new ExpressionError(
        `a value is expected here, not "${token.text}"; a field of that name is written in double quotes`,
        token.at,
      )
    return this.#path(token)
  }

  #path(first: Token): Node {
    const names = [first.text]
    while (this.#accept('.')) {
      const token = this.#take()
      if (token.kind !== 'name' && token.kind !== 'quoted')
        throw new ExpressionError(`after "." comes a field name, not "${shown(token)}"`, token.at)
      names.push(token.text)
    }
    if (wordOf(this.#peek()) === '(')
      throw new ExpressionError(`"${names.join('.')}" is not a function; functions have plain names`, first.at)
    return { kind: 'path', names, at: first.at }
  }

  #arguments(): readonly Node[] {
    this.#expect('(')
    if (this.#accept(')')) return []
    const args = [this.#expression(0)]
    while (this.#accept(',')) args.push(this.#expression(0))
    this.#expect(')')
    return args
  }

  #cast(at: number): Node {
    this.#expect('(')
    const operand = this.#expression(0)
    this.#expect('as')
    const type = this.#type()
    this.#expect(')')
    return { kind: 'cast', operand, type, at }
  }

  /** A type as written: words, then (digits) or (digits, digits). Its meaning is looked up later. */
  #type(): string {
    let text = ''
    while (this.#peek().kind === 'name' && !reserved.has(wordOf(this.#peek())))
      text += `${text === '' ? '' : ' '}${this.#take().text}`
    if (text === '') throw new ExpressionError(`a type is expected here, not "${shown(this.#peek())}"`, this.#peek().at)
    if (!this.#accept('(')) return text
    const sizes = [this.#digits()]
    if (this.#accept(',')) sizes.push(this.#digits())
    this.#expect(')')
    return `${text}(${sizes.join(',')})`
  }

  #digits(): string {
    const token = this.#take()
    if (token.kind !== 'number' || !/^\d{1,3}$/.test(token.text))
      throw new ExpressionError(`a size is expected here, not "${shown(token)}"`, token.at)
    return token.text
  }

  #case(at: number): Node {
    const subject = wordOf(this.#peek()) === 'when' ? null : this.#expression(0)
    const branches: { when: Node; then: Node }[] = []
    while (this.#accept('when')) {
      const value = this.#expression(0)
      const when: Node =
        subject === null ? value : { kind: 'binary', operator: '=', left: subject, right: value, at: value.at }
      this.#expect('then')
      branches.push({ when, then: this.#expression(0) })
    }
    if (branches.length === 0) throw new ExpressionError('a case needs at least one when … then …', at)
    const otherwise = this.#accept('else') ? this.#expression(0) : null
    this.#expect('end')
    return { kind: 'case', branches, otherwise, at }
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#index, this.#tokens.length - 1)] as Token
  }

  #take(): Token {
    const token = this.#peek()
    this.#index++
    return token
  }

  #accept(word: string): boolean {
    if (wordOf(this.#peek()) !== word) return false
    this.#index++
    return true
  }

  #expect(word: string): void {
    const token = this.#take()
    if (wordOf(token) !== word)
      throw new ExpressionError(
        `"${word}" is expected here, not ${token.kind === 'end' ? 'the end' : `"${shown(token)}"`}`,
        token.at,
      )
  }
}

/** Keywords are case-insensitive; quoted names and texts are never keywords. */
function wordOf(token: Token): string {
  return token.kind === 'name' ? token.text.toLowerCase() : token.kind === 'operator' ? token.text : ''
}

function shown(token: Token): string {
  return token.kind === 'end' ? 'the end' : token.text
}
