/** The choice with the fewest edits from `word`, when it is close enough to be what was meant; else null. */
export function nearest(word: string, choices: Iterable<string>): string | null {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1
  for (const choice of choices) {
    const distance = edits(word.toLowerCase(), choice.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [choice, distance]
  }
  return best
}

/** ` Did you mean "x"?` or nothing. */
export function didYouMean(word: string, choices: Iterable<string>): string {
  const found = nearest(word, choices)
  return found === null ? '' : ` Did you mean "${found}"?`
}

function edits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
