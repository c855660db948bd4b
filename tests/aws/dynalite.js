// SPDX-License-Identifier: BSD-2-Clause
// Starts dynalite on a free port of 127.0.0.1 and prints the port; its own command cannot do that.
'use strict'

const dynalite = require('dynalite')

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
