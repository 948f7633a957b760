// veraPDF's own rules for PDF/UA-1, run by the Rhino that comes with it: one line of JSON per file named.
Packages.org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise();
var foundry = Packages.org.verapdf.pdfa.Foundries.defaultInstance();
var flavour = Packages.org.verapdf.pdfa.flavours.PDFAFlavour.fromString("ua1");
arguments.forEach(function (path) {
  var parser = foundry.createParser(new java.io.FileInputStream(path), flavour);
  var result = foundry.createValidator(flavour, false).validate(parser);
  var failed = result.getFailedChecks().keySet().toArray().map(String);
  print(JSON.stringify({ checks: Number(result.getTotalAssertions()), failed: failed }));
  parser.close();
});
