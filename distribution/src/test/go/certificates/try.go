package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Far more than anything takes; only what hangs gets there.
const patience = 60 * time.Second

var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

type verdict struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Accepted bool   `json:"accepted"`
	// What the client says of it, for those who read; of a server's certificates their names.
	Reason string `json:"reason"`
}

func command(conn net.Conn, line string, body []byte) error {
	message := []byte(line + "\n")
	if body != nil {
		message = binary.BigEndian.AppendUint32(message, uint32(len(body)))
		message = append(message, body...)
	}
	_, err := conn.Write(message)
	return err
}

func frame(conn net.Conn) (string, error) {
	header := make([]byte, 8)
	if _, err := io.ReadFull(conn, header); err != nil {
		return "", err
	}
	data := make([]byte, binary.BigEndian.Uint32(header)-4)
	_, err := io.ReadFull(conn, data)
	if err == nil && binary.BigEndian.Uint32(header[4:]) == 1 {
		err = fmt.Errorf("%s", data)
	}
	return string(data), err
}

// Connects and has itself served; what is wrong with that is the error.
func serve(address string, config *tls.Config) (*tls.Conn, error) {
	raw, err := net.Dial("tcp", address)
	fail(err)
	fail(raw.SetDeadline(time.Now().Add(patience)))
	_, err = raw.Write([]byte("  V2"))
	fail(err)
	fail(command(raw, "IDENTIFY", []byte(`{"feature_negotiation":true,"tls_v1":true}`)))
	granted, err := frame(raw)
	fail(err)
	if !strings.Contains(granted, `"tls_v1":true`) {
		fail(fmt.Errorf("no TLS: %s", granted))
	}
	conn := tls.Client(raw, config)
	if err := conn.Handshake(); err != nil {
		return conn, err
	}
	if _, err := frame(conn); err != nil {
		return conn, err
	}
	// With TLS 1.3 a client is through before the server has seen its certificate.
	if err := command(conn, "PUB certificates", []byte("x")); err != nil {
		return conn, err
	}
	answer, err := frame(conn)
	if err == nil && answer != "OK" {
		err = fmt.Errorf("%s", answer)
	}
	return conn, err
}

func print(value interface{}) {
	line, err := json.Marshal(value)
	fail(err)
	fmt.Println(string(line))
}

func try(address, directory string) {
	files, err := filepath.Glob(filepath.Join(directory, "client-*-key.pem"))
	fail(err)
	sort.Strings(files)
	for _, file := range append(files, "") {
		name := "none"
		var own tls.Certificate
		if file != "" {
			base := strings.TrimSuffix(file, "-key.pem")
			name = strings.TrimPrefix(filepath.Base(base), "client-")
			own, err = tls.LoadX509KeyPair(base+".pem", file)
			fail(err)
		}
		for label, version := range versions {
			conn, err := serve(address, &tls.Config{
				InsecureSkipVerify: true,
				MinVersion:         version,
				MaxVersion:         version,
				// Whatever the server asks for.
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil },
			})
			conn.NetConn().Close()
			reason := ""
			if err != nil {
				reason = err.Error()
			}
			print(verdict{name, label, err == nil, reason})
		}
	}
}

func look(address, directory string) {
	roots := x509.NewCertPool()
	text, err := os.ReadFile(filepath.Join(directory, "roots.pem"))
	fail(err)
	roots.AppendCertsFromPEM(text)
	for label, version := range versions {
		conn, err := serve(address, &tls.Config{
			RootCAs:    roots,
			ServerName: "server.test",
			MinVersion: version,
			MaxVersion: version,
		})
		conn.NetConn().Close()
		state := conn.ConnectionState()
		reason := ""
		if err != nil {
			reason = err.Error()
		}
		for _, certificate := range state.PeerCertificates {
			reason += certificate.Subject.CommonName + " "
		}
		print(verdict{"server", label, err == nil, reason})
	}
}
