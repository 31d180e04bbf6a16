import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { root, sourceFiles, type Check } from './check.ts'

/** Every relative link of a Markdown file leads somewhere, and every path that ARCHITECTURE.md names in `code` exists. */
export const links: Check = {
  name: 'links',
  remedy: 'Correct the path, or the name of the heading after "#".',
  async run() {
    const lines: string[] = []
    for (const file of await sourceFiles()) {
      if (!file.endsWith('.md')) continue
      const text = await readFile(path.join(root, file), 'utf8').catch(() => null)
      if (text === null) continue
      for (const target of linksIn(text)) if (!(await leads(file, target, text))) lines.push(`${file}: ${target}`)
      if (file === 'ARCHITECTURE.md')
        for (const named of pathsIn(text)) if (!existsSync(path.join(root, named))) lines.push(`${file}: ${named}`)
    }
    return { ok: lines.length === 0, lines }
  },
}

async function leads(file: string, target: string, text: string): Promise<boolean> {
  const [where = '', heading] = target.split('#', 2)
  const to = path.join(root, path.dirname(file), decodeURIComponent(where))
  if (where !== '' && !existsSync(to)) return false
  if (heading === undefined || (where !== '' && !where.endsWith('.md'))) return true
  return headingsIn(where === '' ? text : await readFile(to, 'utf8')).has(heading)
}

/** Targets of links and images that are not addresses with a scheme; links inside code are examples. */
export function linksIn(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/\]\((?![a-z][a-z0-9+.-]*:)([^()\s]+)\)/g)].map((match) => match[1]!)
}

/** The names that headings have as the target of a link. */
export function headingsIn(text: string): ReadonlySet<string> {
  const titles = [...text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map((match) => match[1]!)
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}

/** Paths of the repository in inline code: those with a slash whose first folder is one of ours. */
export function pathsIn(text: string): readonly string[] {
  return [
    ...text
      .replaceAll(/^```[^]*?^```/gm, '')
      .matchAll(/`((?:apps|connectors|packages|tools|tests|docs|bench|changes)\/[\w./-]+)`/g),
  ].map((match) => match[1]!)
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
}
