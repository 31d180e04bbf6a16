/** A mistake in an expression; `at` is the character index. The caller adds which field of which operation it stands in. */
export class ExpressionError extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.name = 'ExpressionError'
    this.at = at
  }
}
