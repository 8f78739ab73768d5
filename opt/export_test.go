package opt

// QRUnless is qrUnless, for tests.
var QRUnless = qrUnless
