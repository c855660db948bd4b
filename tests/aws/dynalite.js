// SPDX-License-Identifier: BSD-2-Clause
// Starts dynalite on a free port of 127.0.0.1 and prints the port; its own command cannot do that.
'use strict'

const fs = require('fs')
const Module = require('module')
const path = require('path')

// In a condition, "a = b" compares documents by their contents (DynamoDB's developer guide,
// "Comparison operator and function reference"); dynalite asks whether they are one object.
function compareDocuments () {
  const file = require.resolve('dynalite/db/index.js')
  const before = 'return val1 == val2\n'
  const after = "return require('util').isDeepStrictEqual(val1, val2)\n"
  const source = fs.readFileSync(file, 'utf8')
  if (source.split(before).length !== 2) throw new Error(`${file} is not as it was: ${before}`)

  const patched = new Module(file, module)
  patched.filename = file
  patched.paths = Module._nodeModulePaths(path.dirname(file))
  require.cache[file] = patched
  patched._compile(source.replace(before, after), file)
  patched.loaded = true
}

compareDocuments()
const dynalite = require('dynalite')

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
