// Command json says what encoding/json makes of texts: one a line on standard input, written as a Go string without its
// quotation marks. To each line it appends a tab and the verdict, which JsonObjectTest holds ours against.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

type entry struct {
	Text  string   `json:"text"`
	Texts []string `json:"texts"`
}

type asked struct {
	Text    string   `json:"text"`
	Flag    bool     `json:"flag"`
	Number  int64    `json:"number"`
	Small   int32    `json:"small_k"`
	Texts   []string `json:"texts"`
	Objects []entry  `json:"objects"`
}

func quoted(texts []string) string {
	var all []string
	for _, text := range texts {
		all = append(all, strconv.QuoteToASCII(text))
	}
	return "[" + strings.Join(all, " ") + "]"
}

func verdict(text string) string {
	var value asked
	err := json.Unmarshal([]byte(text), &value)
	if _, wrongType := err.(*json.UnmarshalTypeError); wrongType {
		return "type"
	}
	if err != nil {
		return "syntax " + err.Error()
	}
	objects := ""
	for _, object := range value.Objects {
		objects += " {" + strconv.QuoteToASCII(object.Text) + " " + quoted(object.Texts) + "}"
	}
	return fmt.Sprintf("ok %s %t %d %d %s%s", strconv.QuoteToASCII(value.Text), value.Flag, value.Number, value.Small,
		quoted(value.Texts), objects)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "\t")
		text, err := strconv.Unquote("\"" + line + "\"")
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s\t%s\n", line, verdict(text))
	}
}
