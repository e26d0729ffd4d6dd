package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// The last byte of the OIDs for RSA with a hash; only it differs, so a certificate can be signed anew with any of them.
const (
	md5RSA    = 0x04
	sha1RSA   = 0x05
	sha256RSA = 0x0b
)

var (
	directory string
	serial    int64
	roots     bytes.Buffer
	now       = time.Now()
)

// A pair is a certificate, or a chain of them, and the key of the first.
type pair struct {
	chain [][]byte
	cert  *x509.Certificate
	key   crypto.Signer
}

func rsaKey(bits int) crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	fail(err)
	return key
}

func ecKey(curve elliptic.Curve) crypto.Signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	fail(err)
	return key
}

func edKey() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	fail(err)
	return key
}

func leaf(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
}

func authority(name string) *x509.Certificate {
	template := leaf(name)
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.ExtKeyUsage = nil
	template.MaxPathLen = -1
	return template
}

// Issues a certificate; without an issuer it signs itself. The chain has no more than it.
func issue(template *x509.Certificate, key crypto.Signer, issuer *pair) *pair {
	serial++
	template.SerialNumber = big.NewInt(serial)
	by := &pair{cert: template, key: key}
	if issuer != nil {
		by = issuer
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	fail(err)
	return parsed(der, key)
}

func parsed(der []byte, key crypto.Signer) *pair {
	cert, err := x509.ParseCertificate(der)
	fail(err)
	return &pair{[][]byte{der}, cert, key}
}

// The same certificate, signed by way of another hash: one that nobody issues any more.
func signedBy(p *pair, issuer *pair, oid byte, hash crypto.Hash) *pair {
	var outer struct {
		TBS       asn1.RawValue
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	_, err := asn1.Unmarshal(p.chain[0], &outer)
	fail(err)
	prefix := []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01}
	from, to := append(prefix[:len(prefix):len(prefix)], sha256RSA), append(prefix[:len(prefix):len(prefix)], oid)
	tbs := bytes.Replace(outer.TBS.FullBytes, from, to, 1)
	digest := hash.New()
	digest.Write(tbs)
	signature, err := issuer.key.(*rsa.PrivateKey).Sign(rand.Reader, digest.Sum(nil), hash)
	fail(err)
	outer.TBS = asn1.RawValue{FullBytes: tbs}
	outer.Algorithm = asn1.RawValue{FullBytes: bytes.Replace(outer.Algorithm.FullBytes, from, to, 1)}
	outer.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	der, err := asn1.Marshal(outer)
	fail(err)
	return parsed(der, p.key)
}

// The same certificate with a signature of RSA-PSS whose parameters are the standard's own: SHA-1.
func pssSHA1(p *pair, issuer *pair) *pair {
	algorithm := pkix.AlgorithmIdentifier{
		Algorithm:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10},
		Parameters: asn1.RawValue{FullBytes: []byte{0x30, 0x00}},
	}
	// Of the parts of what is signed: version, serial number, algorithm, and the others as they are.
	var tbs struct {
		Version asn1.RawValue
		Serial  asn1.RawValue
		Signed  pkix.AlgorithmIdentifier
		Issuer  asn1.RawValue
		Dates   asn1.RawValue
		Subject asn1.RawValue
		Key     asn1.RawValue
		Others  asn1.RawValue
	}
	_, err := asn1.Unmarshal(p.cert.RawTBSCertificate, &tbs)
	fail(err)
	tbs.Signed = algorithm
	raw, err := asn1.Marshal(tbs)
	fail(err)
	digest := crypto.SHA1.New()
	digest.Write(raw)
	options := &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA1}
	signature, err := issuer.key.(*rsa.PrivateKey).Sign(rand.Reader, digest.Sum(nil), options)
	fail(err)
	der, err := asn1.Marshal(struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: raw}, algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
	fail(err)
	return parsed(der, p.key)
}

func with(p *pair, others ...*pair) *pair {
	chain := append([][]byte{}, p.chain...)
	for _, other := range others {
		chain = append(chain, other.chain...)
	}
	return &pair{chain, p.cert, p.key}
}

func encode(ders ...[]byte) []byte {
	var out bytes.Buffer
	for _, der := range ders {
		fail(pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return out.Bytes()
}

func write(kind, name string, p *pair) {
	key, err := x509.MarshalPKCS8PrivateKey(p.key)
	fail(err)
	base := filepath.Join(directory, kind+"-"+name)
	fail(os.WriteFile(base+".pem", encode(p.chain...), 0o600))
	block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	fail(os.WriteFile(base+"-key.pem", block, 0o600))
}

func client(name string, p *pair) {
	write("client", name, p)
}

func trust(p *pair) *pair {
	roots.Write(encode(p.chain[0]))
	return p
}

func makeAll(target string) {
	directory = target
	p256 := ecKey(elliptic.P256())
	rsa2048 := rsaKey(2048)
	root := trust(issue(authority("root"), rsa2048, nil))
	// Most need a key of their own no more than a certificate of its own.
	simple := func(name string, change func(*x509.Certificate)) {
		template := leaf(name)
		change(template)
		client(name, issue(template, p256, root))
	}

	keys(root)
	signatures(root, p256)
	dates(root, p256, simple)
	usages(root, p256, simple)
	names(simple)
	chains(root, p256)
	constraints(root, p256, simple)
	trusted(p256)
	servers(root)
	fail(os.WriteFile(filepath.Join(directory, "roots.pem"), roots.Bytes(), 0o600))
}

func keys(root *pair) {
	for name, key := range map[string]crypto.Signer{
		"key-rsa1024": rsaKey(1024),
		"key-rsa2048": rsaKey(2048),
		"key-rsa4096": rsaKey(4096),
		"key-p224":    ecKey(elliptic.P224()),
		"key-p256":    ecKey(elliptic.P256()),
		"key-p384":    ecKey(elliptic.P384()),
		"key-p521":    ecKey(elliptic.P521()),
		"key-ed25519": edKey(),
	} {
		client(name, issue(leaf(name), key, root))
	}
}

func signatures(root *pair, key crypto.Signer) {
	for name, algorithm := range map[string]x509.SignatureAlgorithm{
		"signed-sha384": x509.SHA384WithRSA,
		"signed-sha512": x509.SHA512WithRSA,
		"signed-pss256": x509.SHA256WithRSAPSS,
		"signed-pss384": x509.SHA384WithRSAPSS,
		"signed-pss512": x509.SHA512WithRSAPSS,
	} {
		template := leaf(name)
		template.SignatureAlgorithm = algorithm
		client(name, issue(template, key, root))
	}
	client("signed-sha1", signedBy(issue(leaf("signed-sha1"), key, root), root, sha1RSA, crypto.SHA1))
	client("signed-md5", signedBy(issue(leaf("signed-md5"), key, root), root, md5RSA, crypto.MD5))
	client("signed-pss-sha1", pssSHA1(issue(leaf("signed-pss-sha1"), key, root), root))
	pretender := &x509.Certificate{RawSubject: root.cert.RawSubject, SubjectKeyId: root.cert.SubjectKeyId}
	forged := issue(leaf("signed-by-another"), key, &pair{cert: pretender, key: rsaKey(2048)})
	client("signed-by-another", forged)
	tampered := issue(leaf("signed-then-changed"), key, root)
	tampered.chain[0] = bytes.Replace(tampered.chain[0], []byte("then-changed"), []byte("then-chanced"), 1)
	client("signed-then-changed", tampered)
	between := signedBy(issue(authority("sha1 between"), rsaKey(2048), root), root, sha1RSA, crypto.SHA1)
	client("signed-sha1-between", with(issue(leaf("signed-sha1-between"), key, between), between))
	for name, signer := range map[string]crypto.Signer{
		"root-rsa1024": rsaKey(1024),
		"root-p224":    ecKey(elliptic.P224()),
		"root-p256":    ecKey(elliptic.P256()),
		"root-p384":    ecKey(elliptic.P384()),
		"root-p521":    ecKey(elliptic.P521()),
		"root-ed25519": edKey(),
	} {
		other := trust(issue(authority(name), signer, nil))
		client(name, issue(leaf(name+"-client"), key, other))
	}
	// What a root says of itself is not believed for its signature.
	weak := issue(authority("root-sha1"), rsaKey(2048), nil)
	weak = trust(signedBy(weak, weak, sha1RSA, crypto.SHA1))
	client("root-sha1", issue(leaf("root-sha1-client"), key, weak))
}

func dates(root *pair, key crypto.Signer, simple func(string, func(*x509.Certificate))) {
	past := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-48*time.Hour), now.Add(-24*time.Hour) }
	future := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(24*time.Hour), now.Add(48*time.Hour) }
	simple("date-expired", past)
	simple("date-not-yet", future)
	simple("date-for-ever", func(c *x509.Certificate) {
		c.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	})
	template := authority("expired between")
	past(template)
	between := issue(template, rsaKey(2048), root)
	client("date-expired-between", with(issue(leaf("date-expired-between"), key, between), between))
	template = authority("expired root")
	past(template)
	expired := trust(issue(template, rsaKey(2048), nil))
	client("date-expired-root", issue(leaf("date-expired-root"), key, expired))
	template = authority("future root")
	future(template)
	coming := trust(issue(template, rsaKey(2048), nil))
	client("date-future-root", issue(leaf("date-future-root"), key, coming))
}

func usages(root *pair, key crypto.Signer, simple func(string, func(*x509.Certificate))) {
	for name, extended := range map[string][]x509.ExtKeyUsage{
		"extended-none":              nil,
		"extended-any":               {x509.ExtKeyUsageAny},
		"extended-server":            {x509.ExtKeyUsageServerAuth},
		"extended-server-and-client": {x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		"extended-code-signing":      {x509.ExtKeyUsageCodeSigning},
	} {
		extended := extended
		simple(name, func(c *x509.Certificate) { c.ExtKeyUsage = extended })
	}
	simple("extended-unknown", func(c *x509.Certificate) {
		c.ExtKeyUsage = nil
		c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 99999, 1}}
	})
	for name, usage := range map[string]x509.KeyUsage{
		"usage-none":             0,
		"usage-key-encipherment": x509.KeyUsageKeyEncipherment,
		"usage-cert-sign":        x509.KeyUsageCertSign,
		"usage-key-agreement":    x509.KeyUsageKeyAgreement,
	} {
		usage := usage
		simple(name, func(c *x509.Certificate) { c.KeyUsage = usage })
	}
	client("usage-rsa-key-encipherment", func() *pair {
		template := leaf("usage-rsa-key-encipherment")
		template.KeyUsage = x509.KeyUsageKeyEncipherment
		return issue(template, rsaKey(2048), root)
	}())
	for name, extended := range map[string][]x509.ExtKeyUsage{
		"extended-server-between": {x509.ExtKeyUsageServerAuth},
		"extended-client-between": {x509.ExtKeyUsageClientAuth},
		"extended-any-between":    {x509.ExtKeyUsageAny},
	} {
		template := authority(name + " between")
		template.ExtKeyUsage = extended
		between := issue(template, rsaKey(2048), root)
		client(name, with(issue(leaf(name), key, between), between))
	}
	for name, extended := range map[string][]x509.ExtKeyUsage{
		"extended-server-root": {x509.ExtKeyUsageServerAuth},
		"extended-client-root": {x509.ExtKeyUsageClientAuth},
	} {
		template := authority(name + " root")
		template.ExtKeyUsage = extended
		own := trust(issue(template, rsaKey(2048), nil))
		client(name, issue(leaf(name), key, own))
	}
}

func names(simple func(string, func(*x509.Certificate))) {
	simple("name-san-only", func(c *x509.Certificate) {
		c.Subject = pkix.Name{}
		c.DNSNames = []string{"client.test"}
	})
	simple("name-cn-and-san", func(c *x509.Certificate) { c.DNSNames = []string{"client.test"} })
	simple("name-none", func(c *x509.Certificate) { c.Subject = pkix.Name{} })
	simple("name-without-cn", func(c *x509.Certificate) { c.Subject = pkix.Name{Organization: []string{"o"}} })
	simple("name-odd-san", func(c *x509.Certificate) {
		c.EmailAddresses = []string{"a@client.test"}
		c.DNSNames = []string{"*.client.test", "under_score.test"}
	})
	simple("name-unicode", func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "ünï, =\"x\""} })
}

func chains(root *pair, key crypto.Signer) {
	one := issue(authority("one"), rsaKey(2048), root)
	two := issue(authority("two"), ecKey(elliptic.P384()), one)
	byOne := issue(leaf("by one"), key, one)
	byTwo := issue(leaf("by two"), key, two)
	stranger := issue(authority("stranger"), ecKey(elliptic.P256()), nil)
	direct := issue(leaf("direct"), key, root)
	client("chain-direct", direct)
	client("chain-direct-and-root", with(direct, root))
	client("chain-direct-and-stranger", with(direct, stranger))
	client("chain-one", with(byOne, one))
	client("chain-one-not-sent", byOne)
	client("chain-one-and-root", with(byOne, one, root))
	client("chain-two", with(byTwo, two, one))
	client("chain-two-out-of-order", with(byTwo, one, two))
	client("chain-two-root-first", with(byTwo, root, one, two))
	client("chain-two-one-missing", with(byTwo, two))
	client("chain-two-and-stranger-between", with(byTwo, stranger, two, stranger, one))
	client("chain-twice", with(byOne, one, one))
	client("chain-self-signed", issue(leaf("self-signed"), key, nil))
	client("chain-self-signed-called-root", issue(leaf("root"), key, nil))
	client("chain-stranger", issue(leaf("by stranger"), key, stranger))
	client("chain-stranger-sent", with(issue(leaf("by stranger"), key, stranger), stranger))
	client("chain-stranger-and-root", with(issue(leaf("by stranger"), key, stranger), stranger, root))
	impostor := issue(authority("root"), rsaKey(2048), nil)
	client("chain-impostor-root", with(issue(leaf("by impostor"), key, impostor), impostor))
	client("chain-authority-itself", one)
}

func constraints(root *pair, key crypto.Signer, simple func(string, func(*x509.Certificate))) {
	below := func(name string, template *x509.Certificate, depth int) {
		top := issue(template, rsaKey(2048), root)
		chain, issuer := []*pair{top}, top
		for i := 0; i < depth; i++ {
			issuer = issue(authority(fmt.Sprint(name, " below ", i)), ecKey(elliptic.P256()), issuer)
			chain = append([]*pair{issuer}, chain...)
		}
		client(name, with(issue(leaf(name), key, issuer), chain...))
	}
	below("issuer-plain", authority("issuer-plain"), 0)
	template := authority("issuer-is-no-authority")
	template.IsCA = false
	template.MaxPathLen = 0
	below("issuer-is-no-authority", template, 0)
	template = authority("issuer-without-constraints")
	template.BasicConstraintsValid, template.IsCA, template.MaxPathLen = false, false, 0
	below("issuer-without-constraints", template, 0)
	template = authority("issuer-may-not-sign")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	below("issuer-may-not-sign", template, 0)
	template = authority("issuer-without-usage")
	template.KeyUsage = 0
	below("issuer-without-usage", template, 0)
	short := func(name string) *x509.Certificate {
		template := authority(name)
		template.MaxPathLen, template.MaxPathLenZero = 0, true
		return template
	}
	below("length-kept", short("length-kept"), 0)
	below("length-exceeded", short("length-exceeded"), 1)
	template = authority("length-one")
	template.MaxPathLen = 1
	below("length-one-kept", template, 1)
	template = authority("length-one-exceeded")
	template.MaxPathLen = 1
	below("length-one-exceeded", template, 2)

	// One that issues itself another certificate: for some that does not count, for Go it does.
	zero := issue(short("length-self-issued"), rsaKey(2048), root)
	again := issue(authority("length-self-issued"), ecKey(elliptic.P256()), zero)
	client("length-self-issued", with(issue(leaf("length-self-issued client"), key, again), again, zero))

	limited := func(critical bool) *x509.Certificate {
		template := authority("limited")
		template.PermittedDNSDomainsCritical = critical
		template.PermittedDNSDomains = []string{"good.test"}
		template.ExcludedDNSDomains = []string{"bad.good.test"}
		return template
	}
	for name, dns := range map[string][]string{
		"constraint-kept":       {"a.good.test"},
		"constraint-broken":     {"a.other.test"},
		"constraint-excluded":   {"a.bad.good.test"},
		"constraint-one-broken": {"a.good.test", "a.other.test"},
		"constraint-no-name":    nil,
	} {
		for critical, suffix := range map[bool]string{true: "", false: "-not-critical"} {
			between := issue(limited(critical), ecKey(elliptic.P256()), root)
			template := leaf(name)
			template.DNSNames = dns
			client(name+suffix, with(issue(template, key, between), between))
		}
	}
	own := trust(issue(func() *x509.Certificate {
		template := limited(true)
		template.Subject.CommonName = "limited root"
		return template
	}(), ecKey(elliptic.P256()), nil))
	for name, dns := range map[string]string{"constraint-root-kept": "a.good.test", "constraint-root-broken": "a.other.test"} {
		template := leaf(name)
		template.DNSNames = []string{dns}
		client(name, issue(template, key, own))
	}

	extension := func(critical bool) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			oid := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 2}
			c.ExtraExtensions = []pkix.Extension{{Id: oid, Critical: critical, Value: []byte{5, 0}}}
		}
	}
	simple("extension-unknown", extension(false))
	simple("extension-unknown-critical", extension(true))
}

// What is in the file of the roots and is no root, or no good one.
func trusted(key crypto.Signer) {
	itself := func(name string, change func(*x509.Certificate)) {
		template := leaf(name)
		change(template)
		client(name, trust(issue(template, ecKey(elliptic.P256()), nil)))
	}
	itself("trusted-itself", func(*x509.Certificate) {})
	itself("trusted-itself-expired", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	})
	itself("trusted-itself-for-servers", func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	itself("trusted-itself-without-constraints", func(c *x509.Certificate) { c.BasicConstraintsValid = false })
	hidden := issue(authority("hidden"), ecKey(elliptic.P256()), nil)
	client("trusted-itself-by-another", trust(issue(leaf("trusted-itself-by-another"), key, hidden)))
	between := trust(issue(authority("trusted between"), ecKey(elliptic.P256()), hidden))
	client("trusted-between", issue(leaf("trusted-between"), key, between))
	client("trusted-between-sent", with(issue(leaf("trusted-between-sent"), key, between), between))
	by := func(name string, template *x509.Certificate) {
		client(name, issue(leaf(name), key, trust(issue(template, ecKey(elliptic.P256()), nil))))
	}
	template := authority("root-is-no-authority")
	template.IsCA, template.MaxPathLen = false, 0
	by("root-is-no-authority", template)
	template = authority("root-without-constraints")
	template.BasicConstraintsValid, template.IsCA, template.MaxPathLen = false, false, 0
	by("root-without-constraints", template)
	template = authority("root-may-not-sign")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	by("root-may-not-sign", template)
	template = authority("root-of-length-zero")
	template.MaxPathLen, template.MaxPathLenZero = 0, true
	short := trust(issue(template, ecKey(elliptic.P256()), nil))
	client("root-length-kept", issue(leaf("root-length-kept"), key, short))
	below := issue(authority("below short"), ecKey(elliptic.P256()), short)
	client("root-length-exceeded", with(issue(leaf("root-length-exceeded"), key, below), below))
}

func servers(root *pair) {
	template := func() *x509.Certificate {
		template := leaf("server.test")
		template.DNSNames = []string{"server.test"}
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		return template
	}
	between := issue(authority("before servers"), ecKey(elliptic.P384()), root)
	for name, key := range map[string]crypto.Signer{
		"rsa2048": rsaKey(2048),
		"rsa4096": rsaKey(4096),
		"p256":    ecKey(elliptic.P256()),
		"p384":    ecKey(elliptic.P384()),
		"p521":    ecKey(elliptic.P521()),
		"ed25519": edKey(),
	} {
		write("server", name, issue(template(), key, root))
	}
	write("server", "chain", with(issue(template(), ecKey(elliptic.P256()), between), between))
}
