/** Syntax tree of an expression. `at` is the character index where the node's operator or first token stands. */
export type Node =
  | { readonly kind: 'null' | 'true' | 'false'; readonly at: number }
  /** Exact digits as written. */
  | { readonly kind: 'number'; readonly text: string; readonly at: number }
  | { readonly kind: 'text'; readonly text: string; readonly at: number }
  | { readonly kind: 'path'; readonly names: readonly string[]; readonly at: number }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'not'; readonly operand: Node; readonly at: number }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Node
      readonly right: Node
      readonly at: number
    }
  | { readonly kind: 'isNull'; readonly operand: Node; readonly negated: boolean; readonly at: number }
  | {
      readonly kind: 'in'
      readonly operand: Node
      readonly choices: readonly Node[]
      readonly negated: boolean
      readonly at: number
    }
  | {
      readonly kind: 'between'
      readonly operand: Node
      readonly low: Node
      readonly high: Node
      readonly negated: boolean
      readonly at: number
    }
  | {
      readonly kind: 'like'
      readonly operand: Node
      readonly pattern: Node
      readonly ignoreCase: boolean
      readonly negated: boolean
      readonly at: number
    }
  | {
      readonly kind: 'case'
      readonly branches: readonly { readonly when: Node; readonly then: Node }[]
      readonly otherwise: Node | null
      readonly at: number
    }
  | { readonly kind: 'cast'; readonly operand: Node; readonly type: string; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[]; readonly at: number }

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%'
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=' | 'is distinct from' | 'is not distinct from'
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | 'and' | 'or'
