import type { IncomingHttpHeaders } from 'node:http'

/** Headers that are no data: who the sender is, and how the body travelled. */
const leftOut: ReadonlySet<string> = new Set(['authorization', 'content-type', 'cookie', 'proxy-authorization'])

/**
 * What `include_headers` and `include_url_params` add to every record: `header_<name>` and `url_param_<name>`. The key and the hash of the
 * request are left out.
 */
export function attributesOf(
  request: {
    readonly headers: IncomingHttpHeaders
    readonly rawHeaders: readonly string[]
    readonly params: URLSearchParams
  },
  wanted: { readonly headers: boolean; readonly params: boolean },
  secretParam: string | null,
): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {}
  const { rawHeaders } = request
  for (let index = 0; wanted.headers && index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    const lower = name.toLowerCase()
    if (!leftOut.has(lower) && lower !== secretParam)
      attributes[`header_${name}`] = String(request.headers[lower] ?? rawHeaders[index + 1])
  }
  const options = ['api_key', 'include_headers', 'include_url_params', 'force_schema_detection']
  if (wanted.params)
    for (const [name, value] of request.params)
      if (!options.includes(name) && name.toLowerCase() !== secretParam) attributes[`url_param_${name}`] = value
  return attributes
}

/** Puts the attributes in front of the members of every record; a member of the record with such a name wins. */
export function withAttributes(lines: Buffer, attributes: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(attributes)
  if (names.length === 0) return lines
  const prefix = JSON.stringify(attributes).slice(0, -1)
  const text = lines.toString('utf8')
  const clashes = /"(header|url_param)_/.test(text)
  const records = text.split('\n').map((line) => {
    const front = clashes ? prefixWithout(line, attributes) : prefix
    const rest = line.slice(1)
    return /^\s*\}/.test(rest) || front === '{' ? front + rest : `${front},${rest}`
  })
  return Buffer.from(records.join('\n'))
}

function prefixWithout(line: string, attributes: Readonly<Record<string, string>>): string {
  let own: readonly string[] = []
  try {
    own = Object.keys(JSON.parse(line) as object)
  } catch {
    // What is broken is quarantined as it came.
  }
  const kept = Object.entries(attributes).filter(([name]) => !own.includes(name))
  return JSON.stringify(Object.fromEntries(kept)).slice(0, -1)
}
