// The floor of everything over HTTP: node:http answering the same bytes to everyone, without looking at the request.
// Arguments: port, file with {status, headers}, file with the body.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [port, headFile, bodyFile] = process.argv.slice(2)
const { status, headers } = JSON.parse(readFileSync(headFile, 'utf8'))
const body = readFileSync(bodyFile)

createServer((_, response) => {
  response.writeHead(status, headers)
  response.end(body)
}).listen(Number(port), '127.0.0.1')
