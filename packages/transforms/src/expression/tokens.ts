import { ExpressionError } from './expression-error.ts'

/** `at` counts characters from 0; messages count from 1. `spaced` tells `a .5` from `a.5`. */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'number' | 'text' | 'operator' | 'end'
  readonly text: string
  readonly at: number
}

const operators = [
  '<=>',
  '::',
  '==',
  '!=',
  '<>',
  '<=',
  '>=',
  '&&',
  '||',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '(',
  ')',
  ',',
  '.',
  '?',
  ':',
  '!',
  '[',
  ']',
]
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const name = /[\p{L}_$][\p{L}\p{N}_$]*/uy
const space = /\s+/y
const longest = 10_000

/**
 * Splits an expression. Text stands in single quotes ('' is one quote); names with other characters in double quotes or backticks.
 * There are no comments: they would only hide things.
 */
export function tokenise(source: string): readonly Token[] {
  if (source.length > longest)
    throw new ExpressionError(`is ${source.length} characters long; ${longest} are allowed`, 0)
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const blank = match(space, source, at)
    if (blank !== null) {
      at += blank.length
      continue
    }
    const [token, end] = next(source, at)
    tokens.push(token)
    at = end
  }
  tokens.push({ kind: 'end', text: '', at: source.length })
  return tokens
}

function next(source: string, at: number): [Token, number] {
  const character = source[at] ?? ''
  if (character === "'") return quoted('text', source, at, "'")
  if (character === '"' || character === '`') return quoted('quoted', source, at, character)
  const digits = match(number, source, at)
  if (digits !== null) {
    const after = match(name, source, at + digits.length)
    if (after !== null)
      throw new ExpressionError(
        `"${digits}${after}" is neither a number nor a name; quote names that begin with a digit: "${digits}${after}"`,
        at,
      )
    return [{ kind: 'number', text: digits, at }, at + digits.length]
  }
  const word = match(name, source, at)
  if (word !== null) return [{ kind: 'name', text: word, at }, at + word.length]
  const operator = operators.find((each) => source.startsWith(each, at))
  if (operator === undefined) throw new ExpressionError(`"${character}" has no meaning here`, at)
  return [{ kind: 'operator', text: operator, at }, at + operator.length]
}

function quoted(kind: 'text' | 'quoted', source: string, at: number, quote: string): [Token, number] {
  let text = ''
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] !== quote) {
      text += source[i]
    } else if (source[i + 1] === quote) {
      text += quote
      i++
    } else {
      if (text.includes('\0')) throw new ExpressionError('a NUL character cannot stand in an expression', at)
      if (kind === 'quoted' && text === '') throw new ExpressionError('a name is empty', at)
      return [{ kind, text, at }, i + 1]
    }
  }
  throw new ExpressionError(`the ${quote} is never closed`, at)
}

function match(pattern: RegExp, source: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? null
}
