package iracingtest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
)

// How to sign in to the fake and to ask it something, with nothing but net/http.
func Example() {
	fake, err := iracingtest.New(iracingtest.Options{Races: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = fake.Close() }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

	// Secrets are sent masked: as a digest of the secret and the id that it belongs to.
	mask := func(secret, id string) string {
		sum := sha256.Sum256([]byte(secret + strings.ToLower(id)))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	c := fake.Credentials
	form := url.Values{
		"grant_type": {"password_limited"}, "client_id": {c.ClientID}, "client_secret": {mask(c.ClientSecret, c.ClientID)},
		"username": {c.Username}, "password": {mask(c.Password, c.Username)}, "scope": {"iracing.auth"},
	}
	ask := func(method, address, token, body string, answer any) {
		r, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := client.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer func() { _ = res.Body.Close() }()
		if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
			fmt.Println(err)
		}
	}
	var granted struct {
		Token string `json:"access_token"`
	}
	ask(http.MethodPost, fake.OAuthURL+"/token", "", form.Encode(), &granted)

	// Most answers are a link to the answer, which is fetched without the token.
	var envelope struct{ Link string }
	ask(http.MethodGet, fake.URL+"/data/member/info", granted.Token, "", &envelope)
	var member struct {
		Name string `json:"display_name"`
	}
	ask(http.MethodGet, envelope.Link, "", "", &member)
	fmt.Println(member.Name)
	// Output: Alex Example
}
