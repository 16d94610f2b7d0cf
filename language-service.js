// tsserver looks plugins up by path and does not read "exports": this file stands where it looks for poetc/language-service.
module.exports = require('./dist/language-service.cjs');
