package signin

import (
	"context"
	"encoding/json"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// unable is a sign-in whose settings are incomplete.
type unable struct{ err error }

func (u unable) Token(context.Context, string) (string, error) { return "", u.err }

// WhoAmI is the account's customer id. The answer holds much that is private; nothing else of it is looked at.
func WhoAmI(ctx context.Context, source iracing.Source) (int64, error) {
	r, err := iracing.NewRequest("/data/member/info", nil)
	if err != nil {
		return 0, err
	}
	answer, err := source.Get(ctx, r)
	if err != nil {
		return 0, err
	}
	var info struct {
		CustID int64 `json:"cust_id"`
	}
	if err := json.Unmarshal(answer.Body, &info); err != nil || info.CustID == 0 {
		return 0, &iracing.Error{Kind: iracing.BadAnswer, Endpoint: r.Endpoint.Path}
	}
	return info.CustID, nil
}
