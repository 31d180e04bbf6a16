import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { BodyProblem, type BodyRecords } from './body-records.ts'

// No entity but XML's own five: what a document defines itself could grow without bound.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: true,
  htmlEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
})

/** One record: what stands in the root element. Values stay texts, because XML does not say what is a number. */
export function xmlRecords(body: Buffer): BodyRecords {
  const text = body.toString('utf8')
  if (/<!(DOCTYPE|ENTITY)/i.test(text))
    throw new BodyProblem('The XML declares a document type. Send it without DOCTYPE and ENTITY.')
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw new BodyProblem(`The XML is not valid at line ${valid.err.line}: ${valid.err.msg}`)
  const document = parser.parse(text) as Record<string, unknown>
  const root = Object.values(document)[0]
  const record = typeof root === 'object' && root !== null ? root : document
  return { records: 1, lines: Buffer.from(JSON.stringify(record)) }
}
