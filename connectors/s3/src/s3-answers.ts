/*
 * The few XML answers of S3 that are read here. They have no attributes, comments or nesting of equal names, so
 * cutting between tags is exact, and many times faster than an XML tree for pages of 1,000 objects.
 */

export interface ListedObject {
  readonly key: string
  readonly bytes: number
  /** Without quotes; empty when the service gives none. */
  readonly etag: string
  /** Epoch ms. */
  readonly modifiedAt: number
}

export interface ListPage {
  readonly objects: readonly ListedObject[]
  /** Prefixes, each with its closing slash, when a delimiter was asked for. */
  readonly folders: readonly string[]
  readonly next: string | undefined
}

/** Answer of ListObjectsV2; undefined when the text is not one. */
export function listPage(xml: string): ListPage | undefined {
  if (!xml.includes('<ListBucketResult')) return undefined
  const decode = textIn(xml, 'EncodingType') === 'url' ? fromUrl : (text: string): string => text
  const objects = elements(xml, 'Contents').map((entry) => ({
    key: decode(textIn(entry, 'Key') ?? ''),
    bytes: Number(textIn(entry, 'Size') ?? 0),
    etag: (textIn(entry, 'ETag') ?? '').replaceAll('"', ''),
    modifiedAt: Date.parse(textIn(entry, 'LastModified') ?? ''),
  }))
  const folders = elements(xml, 'CommonPrefixes').map((entry) => decode(textIn(entry, 'Prefix') ?? ''))
  const next = textIn(xml, 'IsTruncated') === 'true' ? textIn(xml, 'NextContinuationToken') : undefined
  return { objects, folders, next }
}

/** Answer of ListBuckets. */
export function bucketNames(xml: string): readonly string[] | undefined {
  if (!xml.includes('<ListAllMyBucketsResult')) return undefined
  return elements(xml, 'Bucket').map((entry) => textIn(entry, 'Name') ?? '')
}

/** Answer of ListMultipartUploads: uploads that were begun and not finished. */
export function openUploads(xml: string): readonly { key: string; uploadId: string }[] {
  return elements(xml, 'Upload').map((entry) => ({
    key: textIn(entry, 'Key') ?? '',
    uploadId: textIn(entry, 'UploadId') ?? '',
  }))
}

/** An error body. A copy can fail with one after its status 200. */
export function errorIn(xml: string): { code: string; region?: string } | undefined {
  if (!xml.includes('<Error>') && !xml.includes('<Error ')) return undefined
  const region = textIn(xml, 'Region')
  return { code: textIn(xml, 'Code') ?? '', ...(region && { region }) }
}

export function textIn(xml: string, tag: string): string | undefined {
  const start = xml.indexOf(`<${tag}>`)
  if (start < 0) return undefined
  const end = xml.indexOf(`</${tag}>`, start)
  return end < 0 ? undefined : unescape(xml.slice(start + tag.length + 2, end))
}

function elements(xml: string, tag: string): string[] {
  const found: string[] = []
  const [opening, closing] = [`<${tag}>`, `</${tag}>`]
  for (let start = xml.indexOf(opening); start >= 0;) {
    const end = xml.indexOf(closing, start)
    if (end < 0) break
    found.push(xml.slice(start + opening.length, end))
    start = xml.indexOf(opening, end)
  }
  return found
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function unescape(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
      return entities[name ?? ''] ?? whole
    },
  )
}

function fromUrl(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
