package iracing

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Class says for how long an endpoint's answer may be kept.
type Class string

// The freshness classes.
const (
	// Final answers do not change once the race is over and its points are processed.
	Final Class = "final"
	// Window answers are final once the window of time they cover is past.
	Window Class = "window"
	// Constant answers change with the rules of the service.
	Constant Class = "constant"
	// Reference answers change with builds and seasons.
	Reference Class = "reference"
	// Slow answers move with each race of a member.
	Slow Class = "slow"
	// Volatile answers tell what is going on right now.
	Volatile Class = "volatile"
	// Bulk answers are files of the whole membership.
	Bulk Class = "bulk"
)

// Delivery is how an endpoint is known to hand out its answer. The client looks at the answer and not at this, so that
// it survives a move from one delivery to another; it is for readers and for servers in tests.
type Delivery string

// The deliveries.
const (
	Inline       Delivery = "inline"        // the answer itself
	Link         Delivery = "link"          // a link to the answer
	LinkChunks   Delivery = "link+chunks"   // a link to a header with chunk_info, and chunks
	LinkData     Delivery = "link+data"     // the same with the header below data
	InlineChunks Delivery = "inline+chunks" // a header below data, and chunks
	DataURL      Delivery = "data_url"      // a header, and a link to the answer in data_url
	LinkCSV      Delivery = "link+csv"      // a link to a CSV file
)

// Endpoint is one of the API's endpoints.
type Endpoint struct {
	// Path is the path below the API's address, such as /data/results/get.
	Path string
	// Params are its parameters.
	Params []Param
	// Delivery is how it is known to answer.
	Delivery Delivery
	// Class is for how long its answers may be kept.
	Class Class
	// Own tells that the answer is about the account that asks, whatever the parameters.
	Own bool
	// URL is the whole address of a public file, which is fetched without signing in; empty for the API. A name in braces
	// stands for the value of that parameter.
	URL string
	// About is one line on what it is for.
	About string
	// asker tells that a part of the answer depends on the account that asks: its own rank, whether it is a member, what
	// its leagues show to strangers.
	asker bool
}

// Param is one parameter of an endpoint.
type Param struct {
	Name string
	Type ParamType
	// Required parameters must be given.
	Required bool
}

// ParamType is the type of a parameter's value.
type ParamType string

// The types of parameters. A value is always given as a text; a list has commas between its items.
const (
	Int    ParamType = "int"
	Bool   ParamType = "bool"
	String ParamType = "string"
	Time   ParamType = "time" // ISO-8601 UTC, to the minute or second: 2022-04-01T15:45Z
	Ints   ParamType = "ints" // 1,2,3
	Tags   ParamType = "tags" // key=value items with commas between them, each sent as a parameter of its own
	File   ParamType = "file" // the name of a public file: letters, digits, - and _
)

// Label names the endpoint in metrics: results_get.
func (e *Endpoint) Label() string {
	return strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(e.Path, "/"), "data/"), "/", "_")
}

// Param finds a parameter by its name; nil when there is none.
func (e *Endpoint) Param(name string) *Param {
	for i := range e.Params {
		if e.Params[i].Name == name {
			return &e.Params[i]
		}
	}
	return nil
}

// Personal tells that the answer depends on the account that asks when these parameters are given: it or a part of it is
// about that account, or about the member that cust_id leaves open.
func (e *Endpoint) Personal(params Params) bool {
	if e.Own || e.asker {
		return true
	}
	p := e.Param("cust_id")
	return p != nil && params["cust_id"] == "" && strings.Contains(e.Path, "/member")
}

// Lookup finds an endpoint by its path; nil when the table has none.
func Lookup(path string) *Endpoint {
	path = "/" + strings.Trim(path, "/ ")
	if i := slices.IndexFunc(endpoints, func(e Endpoint) bool { return e.Path == path }); i >= 0 {
		return &endpoints[i]
	}
	return nil
}

// Endpoints is the table of all endpoints, ordered by path. It must not be changed.
func Endpoints() []Endpoint { return endpoints }

// Params are the parameters of a request by name. A parameter that is left out is not sent; one that is empty is left
// out.
type Params map[string]string

// Set adds a parameter in the API's writing and returns the parameters, for chains.
func (p Params) Set(name string, value any) Params {
	switch v := value.(type) {
	case time.Time:
		p[name] = v.UTC().Format("2006-01-02T15:04:05Z")
	case []int64:
		texts := make([]string, len(v))
		for i, n := range v {
			texts[i] = strconv.FormatInt(n, 10)
		}
		p[name] = strings.Join(texts, ",")
	default:
		p[name] = fmt.Sprint(v)
	}
	return p
}

// Request is one question to the API. Make one with [NewRequest].
type Request struct {
	Endpoint *Endpoint
	Params   Params
}

// maxParam bounds the text of one parameter; iRacing's servers take addresses of some kilobytes.
const maxParam = 4096

// NewRequest checks the parameters against the table. Zero is a value like any other: division=0 is sent.
func NewRequest(path string, params Params) (Request, error) {
	e := Lookup(path)
	if e == nil {
		return Request{}, &Error{Kind: BadRequest, Detail: fmt.Sprintf("there is no endpoint %.80q in iRacing's /data API", path)}
	}
	r := Request{Endpoint: e, Params: Params{}}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		value := strings.TrimSpace(params[name])
		if value == "" {
			continue
		}
		if len(value) > maxParam {
			return Request{}, r.bad("the parameter %.40q is longer than %d bytes", name, maxParam)
		}
		p := e.Param(name)
		if p == nil {
			return Request{}, r.bad("it has no parameter %.40q; there are %s", name, e.paramNames())
		}
		canonical, err := p.canonical(value)
		if err != nil {
			return Request{}, r.bad("%s: %v", name, err)
		}
		r.Params[name] = canonical
	}
	for _, p := range e.Params {
		if p.Required && r.Params[p.Name] == "" {
			return Request{}, r.bad("it needs the parameter %s", p.Name)
		}
	}
	return r, nil
}

func (r Request) bad(format string, args ...any) error {
	return &Error{Kind: BadRequest, Endpoint: r.Endpoint.Path, Detail: fmt.Sprintf(format, args...)}
}

func (e *Endpoint) paramNames() string {
	if len(e.Params) == 0 {
		return "none"
	}
	names := make([]string, len(e.Params))
	for i, p := range e.Params {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// canonical is the one way to write a value, so that equal requests have equal keys.
func (p *Param) canonical(value string) (string, error) {
	switch p.Type {
	case Int:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return "", fmt.Errorf("%.40q is not a whole number", value)
		}
		return strconv.FormatInt(n, 10), nil
	case Bool:
		b, err := strconv.ParseBool(strings.ToLower(value))
		if err != nil {
			return "", fmt.Errorf("%.40q is neither true nor false", value)
		}
		return strconv.FormatBool(b), nil
	case Ints:
		var list []int64
		for item := range strings.SplitSeq(value, ",") {
			n, err := strconv.ParseInt(strings.TrimSpace(item), 10, 64)
			if err != nil {
				return "", fmt.Errorf("%.40q is not a list of whole numbers", value)
			}
			list = append(list, n)
		}
		slices.Sort(list)
		return Params{}.Set("", slices.Compact(list))[""], nil
	case Time:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly} {
			if t, err := time.Parse(layout, value); err == nil && t.UTC().Year() > 0 && t.UTC().Year() < 10000 {
				return t.UTC().Format("2006-01-02T15:04:05Z"), nil
			}
		}
		return "", fmt.Errorf("%.40q is not a time such as 2022-04-01T15:45Z", value)
	case Tags:
		var items []string
		for item := range strings.SplitSeq(value, ",") {
			key, v, ok := strings.Cut(item, "=")
			if key = strings.TrimSpace(key); !ok || key == "" {
				return "", fmt.Errorf("%.40q is not a list of key=value", value)
			}
			items = append(items, key+"="+strings.TrimSpace(v))
		}
		slices.Sort(items)
		return strings.Join(slices.Compact(items), ","), nil
	case File:
		if strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || len(value) > 100 {
			return "", fmt.Errorf("%.40q is not the name of a file: only letters, digits, - and _ are", value)
		}
	}
	return value, nil
}

// Key is the request in one canonical text: equal requests have equal keys.
func (r Request) Key() string {
	if query := r.query().Encode(); query != "" {
		return r.Endpoint.Path + "?" + query
	}
	return r.Endpoint.Path
}

// query is the parameters as they are sent.
func (r Request) query() url.Values {
	values := url.Values{}
	for name, value := range r.Params {
		if p := r.Endpoint.Param(name); p == nil || p.Type != Tags {
			values.Set(name, value)
			continue
		}
		for item := range strings.SplitSeq(value, ",") {
			key, v, _ := strings.Cut(item, "=")
			values.Add(key, v)
		}
	}
	return values
}
