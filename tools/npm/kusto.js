// Says what Kusto's own parser finds wrong with queries. Reads {"packages", "tables": {name: schema}, "queries": [...]}
// and writes a list of problems for each query.
const fs = require('fs'), vm = require('vm');

const { packages, tables, queries } = JSON.parse(fs.readFileSync(0, 'utf8'));
for (const file of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
  vm.runInThisContext(fs.readFileSync(`${packages}/@kusto/language-service-next/${file}`, 'utf8'));
}
const { Symbols } = Kusto.Language;
const symbols = Object.entries(tables).map(([name, schema]) => Symbols.TableSymbol.From(schema).WithName(name));
const database = new Symbols.DatabaseSymbol.ctor('logs', System.Array.init(symbols, Symbols.Symbol));
const globals = Kusto.Language.GlobalState.Default.WithDatabase(database);

process.stdout.write(JSON.stringify(queries.map((query) => {
  const found = Kusto.Language.KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, i) => found.getItem(i).Message);
})));
